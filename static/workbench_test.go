package static

import "testing"

// bench puts groups of updates on the page; a box that is pressed writes its id into the address.
const bench = `(document.querySelector("main").innerHTML = '<div class="groups"><ul><li class="group"><span><button class="tick" id="t1" role="checkbox">all</button></span>' +
	'<details id="d1"><summary id="s1">One</summary><ul><li class="g-site"><button class="tick" id="u1" role="checkbox">a</button><a href="#site" id="a1">Site</a></li>' +
	'<li class="g-site"><button class="tick" id="u2" role="checkbox">b</button>Item</li></ul></details></li>' +
	'<li class="group"><button class="tick" id="t2" role="checkbox" disabled>all</button><details><summary id="s2">Two</summary></details></li></ul></div><button data-key="r" id="go">Review</button>',
	document.querySelectorAll("main button").forEach((b) => b.addEventListener("click", () => { location.hash = b.id; })), "ready")`

func TestKeysChooseUpdates(t *testing.T) {
	ctx := openPage(t)
	if got := say(t, ctx, "", bench); got != "ready" {
		t.Fatal(got)
	}
	const focus, hash = `document.activeElement.id`, `location.hash`
	for _, step := range []struct{ name, keys, expression, want string }{
		{"j goes to the group, not to its box", "j", focus, "s1"},
		{"x chooses the group", "x", hash, "#t1"},
		{"e opens it", "e", `document.querySelector("#d1").open`, "true"},
		{"j goes on to its rows", "j", focus, "a1"},
		{"x chooses the row", "x", hash, "#u1"},
		{"a row without a link is reached by its box", "j", focus, "u2"},
		{"x chooses it", "x", hash, "#u2"},
		{"j goes on to the next group", "j", focus, "s2"},
		{"what cannot be chosen is not", "x", hash, "#u2"},
		{"k goes back into the rows", "k", focus, "u2"},
		{"e closes the group of the row", "e", `document.querySelector("#d1").open`, "false"},
		{"r goes on to the review", "r", hash, "#go"},
	} {
		if got := say(t, ctx, step.keys, step.expression); got != step.want {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
}
