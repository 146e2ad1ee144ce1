package main

// runPages are the pages on the way from updates to a run, and what is beside it. Each begins where the one before ended: what
// is chosen stays chosen.
func runPages() []shot {
	return []shot{
		{"updates-chosen", "/updates", func(b *page) {
			b.click(".groups .group > .pick .tick")
			b.wait(`document.querySelector("#dock [data-key=r]")`)
		}},
		{"updates-chosen-some", "/updates", func(b *page) {
			b.click(".groups .group summary")
			b.click(`.group details[open] .g-site .tick[aria-checked=true]`)
			b.wait(`document.querySelector(".group > .pick .tick[aria-checked=mixed]")`)
		}},
		{"review", "/updates", openReview},
		{"review-refused", "/updates", func(b *page) {
			openReview(b)
			b.click("#go button")
			b.wait(`document.querySelector("#go [aria-invalid=true]")`)
		}},
		{"review-later", "/updates", func(b *page) {
			openReview(b)
			b.click("#when-later")
			b.wait(`document.querySelector("#zone").checkVisibility()`)
		}},
		{"schedules-empty", "/schedules", nil},
		{"schedules", "/updates", func(b *page) {
			openReview(b)
			b.click("#when-later")
			b.click("[name=weekly]")
			agree(b)
			b.wait(`location.pathname === "/schedules"`)
		}},
		{"run-live", "/updates", func(b *page) {
			b.click(".groups .group:nth-of-type(2) > .pick .tick")
			b.wait(`document.querySelector("#dock [data-key=r]")`)
			openReview(b)
			agree(b)
			b.wait(`/^.runs.\d+$/.test(location.pathname) && document.querySelector("#run-tasks").innerText.includes("Verif")`)
		}},
		{"run-paused", "/runs", func(b *page) {
			b.click("#runs tbody .lead a")
			b.click("#run-pause button")
			b.wait(`document.querySelector("#run-resume")`)
		}},
		{"runs-open", "/runs?state=open", nil},
		{"review-gone", "/runs/review/nothing", nil},
		{"review-suspend", "/sites/1", func(b *page) {
			b.click(".page-head .menu summary")
			b.click(".page-head .menu button[value=suspend]")
			b.wait(`location.pathname.startsWith("/runs/review/")`)
		}},
		{"review-delete", "/sites/1?tab=plugins", func(b *page) {
			b.click(`tr:has(button[value=delete]) .menu summary`)
			b.click(`.menu[open] button[value=delete]`)
			b.wait(`location.pathname.startsWith("/runs/review/")`)
		}},
		{"holds-empty", "/holds", nil},
		{"holds-search", "/holds?q=a", nil},
		{"hold", "/holds?q=a", func(b *page) { b.click(".found a"); b.wait(`document.querySelector("[name=reason]")`) }},
		{"holds", "/holds?q=a", func(b *page) {
			b.click(".found a")
			b.wait(`document.querySelector("[name=reason]")`)
			b.fill("reason", "Changed by hand for this customer")
			b.click(`[name=where][value=all]`)
			b.click("form[action='/holds'] .btn.primary")
			b.waitText("Changed by hand for this customer")
		}},
	}
}

// openReview goes from what is chosen to its review, once everything is read.
func openReview(b *page) {
	b.click("#dock [data-key=r]")
	b.wait(`document.querySelector("#go button:not([disabled])")`)
}

// agree confirms what a review asks for, and goes on.
func agree(b *page) {
	if js[bool](b, `Boolean(document.querySelector("#known"))`) {
		b.click("#known")
	}
	if js[bool](b, `Boolean(document.querySelector("#confirm"))`) {
		b.fill("confirm", js[string](b, `document.querySelector("label[for=confirm]").innerText.match(/[\d,]+/)[0]`))
	}
	b.click("#go button")
}
