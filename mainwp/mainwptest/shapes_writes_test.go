package mainwptest

import (
	"strings"
	"testing"
)

// newcomer offers a child that can be added.
func newcomer(c NewChild) func(*Dashboard) {
	return func(d *Dashboard) { d.OfferChild("https://new.example/", c) }
}

func refusesUpdate(d *Dashboard) {
	pending(d)
	d.EditSite(1, func(s *Site) {
		s.Child.Plugins = append(s.Child.Plugins, Plugin{Slug: "wordpress-seo/wp-seo.php", Name: "Yoast SEO", Version: "1.0", Active: true})
	})
	d.Sync(1)
	d.OnUpdate(1, "akismet/akismet.php", Effect{Outcome: Failed, Reason: "Download failed."})
}

func noSites(d *Dashboard) {
	d.EditClient(900, func(c *Client) { c.Name, c.Email = "Nobody", "nobody@client.example" })
}

func lastTag(d *Dashboard) { d.EditTag(90, func(t *Tag) { t.Name = "Shop 2" }) }

// TestShapesWrites holds the answers to writes of items, lists and whole sites against recorded ones.
func TestShapesWrites(t *testing.T) {
	const akismet, activate = `{"slug":"akismet/akismet.php"}`, "/sites/1/plugins/activate"
	add := func(url, password string) string {
		return `{"url":"` + url + `","name":"New","admin":"admin","adminpassword":"` + password + `"}`
	}
	good := NewChild{Admin: "admin", Password: "right"}
	for _, c := range []shapeCase{
		{name: "update-plugin-broken-and-good", path: "/updates/1/update/plugins", body: `{"slug":"akismet/akismet.php,wordpress-seo/wp-seo.php"}`, prepare: refusesUpdate},
		{name: "update-plugins-same-again", path: "/updates/1/update/plugins", body: akismet, prepare: func(d *Dashboard) { pending(d); d.ApplyUpdate(1, "plugin", "akismet/akismet.php") }},
		{name: "update-plugins-when-ignored-all", path: "/updates/1/update/plugins", body: akismet, prepare: func(d *Dashboard) { pending(d); d.EditSite(1, func(s *Site) { s.IgnorePlugins = true }) }},
		{name: "update-themes-noslug", path: "/updates/1/update/themes"},
		{name: "update-translations-noslug", path: "/updates/1/update/translations"},
		{name: "update-site-all", path: "/updates/1/update"},
		{name: "wp68-update-site-all", as: V61WP68, path: "/updates/1/update"},
		{name: "update-all", path: "/updates/update"},
		{name: "wp68-update-all", as: V61WP68, path: "/updates/update"},
		{name: "site-suspended-update", path: "/updates/1/update", prepare: func(d *Dashboard) { d.EditSite(1, func(s *Site) { s.Suspended = true }) }},
		{name: "down-refused-plugins-activate", path: activate, body: akismet, prepare: stop},
		{name: "down-refused-themes-activate", path: "/sites/1/themes/activate", body: `{"slug":"astra"}`, prepare: stop},
		{name: "ignore-plugins", path: "/updates/1/ignore/plugins", body: akismet},
		{name: "ignore-plugins-all", path: "/updates/1/ignore/plugins"},
		{name: "ignore-plugins-object", path: "/updates/1/ignore/plugins", body: `{"slug":{"akismet/akismet.php":"Akismet"}}`},
		{name: "ignore-themes", path: "/updates/1/ignore/themes", body: `{"slug":"astra"}`},
		{name: "ignore-wp", path: "/updates/1/ignore/wp"},
		{name: "plugins-activate", path: activate, body: akismet, prepare: pending},
		{name: "plugins-activate-array", path: activate, body: `{"slug":["akismet/akismet.php","mainwp-child/mainwp-child.php"]}`, prepare: pending},
		{name: "plugins-activate-noslug", path: activate},
		{name: "plugins-activate-unknown", path: activate, body: `{"slug":"nope/nope.php"}`},
		{name: "plugins-deactivate", path: "/sites/1/plugins/deactivate", body: akismet, prepare: pending},
		{name: "plugins-delete", method: "DELETE", path: "/sites/1/plugins/delete?slug=akismet/akismet.php", prepare: pending},
		{name: "plugins-delete-unknown", method: "DELETE", path: "/sites/1/plugins/delete?slug=nope/nope.php"},
		{name: "themes-activate", path: "/sites/1/themes/activate", body: `{"slug":"astra"}`, prepare: pending},
		{name: "themes-activate-unknown", path: "/sites/1/themes/activate", body: `{"slug":"nope"}`, prepare: pending},
		{name: "themes-delete", method: "DELETE", path: "/sites/1/themes/delete?slug=storefront", prepare: func(d *Dashboard) {
			d.EditSite(1, func(s *Site) {
				s.Child.Themes = append(s.Child.Themes, Theme{Slug: "storefront", Name: "Storefront", Version: "4.5.3"})
			})
		}},
		{name: "clients-add", path: "/clients/add", body: `{"name":"X GmbH","client_email":"x@client.example","selected_sites":[1]}`},
		{name: "clients-add-dup-email", path: "/clients/add", body: `{"name":"Dup","client_email":"nobody@client.example"}`, prepare: noSites},
		{name: "clients-add-noname", path: "/clients/add", body: `{"client_email":"x@client.example"}`},
		{name: "client-edit", method: "PUT", path: "/clients/900/edit", body: `{"name":"Renamed"}`, prepare: noSites},
		{name: "client-edit-email", method: "PUT", path: "/clients/nobody@client.example/edit", body: `{"city":"Aldenau","selected_sites":[2]}`, prepare: noSites},
		{name: "client-remove", method: "DELETE", path: "/clients/900/remove", prepare: noSites},
		{name: "client-remove-again", method: "DELETE", path: "/clients/900/remove"},
		{name: "client-suspend", path: "/clients/1/suspend"},
		{name: "client-unsuspend", path: "/clients/1/unsuspend"},
		{name: "tags-add", path: "/tags/add", body: `{"name":"New","color":"#21ba45"}`},
		{name: "tags-add-dup", path: "/tags/add", body: `{"name":"Shop"}`},
		{name: "tags-add-empty", path: "/tags/add"},
		{name: "tag-edit", method: "PUT", path: "/tags/90/edit", body: `{"name":"Renamed"}`, prepare: lastTag},
		{name: "tag-remove", method: "DELETE", path: "/tags/90/remove", prepare: lastTag},
		{name: "tag-remove-again", method: "DELETE", path: "/tags/90/remove"},
		{name: "sites-add-a1", path: "/sites/add", body: add("https://new.example", "right"), prepare: newcomer(good)},
		{name: "err-add-badpass", path: "/sites/add", body: add("https://new.example", "wrong"), prepare: newcomer(good)},
		{name: "err-add-badurl", path: "/sites/add", body: add("https://nowhere.example", "right")},
		{name: "err-add-existing", path: "/sites/add", body: add("https://twin.example", "right"), prepare: func(d *Dashboard) { d.AddSite("https://twin.example/") }},
		{name: "err-add-not-child", path: "/sites/add", body: add("https://new.example", "right"), prepare: newcomer(NewChild{WithoutChild: true})},
		{name: "err-add-nourl", path: "/sites/add"},
		{name: "site-remove", method: "DELETE", path: "/sites/1/remove"},
		{name: "err-unknown-remove", method: "DELETE", path: "/sites/999/remove"},
		{name: "down-refused-check", path: "/sites/1/check", prepare: stop},
		{name: "err-ro-delete", method: "DELETE", path: "/tags/1/remove", token: "ro"},
		{name: "site-edit-empty", method: "PUT", path: "/sites/1/edit", prepare: pending, excused: []string{".tags"}},
		{name: "site-edit-unknown-group", method: "PUT", path: "/sites/1/edit", body: `{"groupids":"77"}`, prepare: pending},
		{name: "sites-edit-nameonly", method: "PUT", path: "/sites/1/edit", body: `{"name":"Bakery Weber"}`, prepare: pending},
	} {
		c.path = v2 + c.path
		if c.as == (Personality{}) {
			c.as = V61WP69
		}
		if c.method == "" {
			c.method = "POST"
		}
		if c.body == "" {
			c.body = "{}"
		}
		t.Run(c.name, c.run)
	}
}

// TestTextsOfWrites holds short answers byte for byte.
func TestTextsOfWrites(t *testing.T) {
	for _, c := range []struct{ name, method, path, body string }{
		{"ignore-wp", "POST", "/updates/1/ignore/wp", "{}"},
		{"tags-add-empty", "POST", "/tags/add", "{}"},
		{"clients-add-noname", "POST", "/clients/add", `{"client_email":"x@client.example"}`},
		{"update-themes-noslug", "POST", "/updates/1/update/themes", "{}"},
		{"plugins-activate-noslug", "POST", "/sites/1/plugins/activate", "{}"},
		{"tag-remove-again", "DELETE", "/tags/90/remove", ""},
		{"err-add-nourl", "POST", "/sites/add", "{}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := ask(t, small(V61WP69), c.method, v2+c.path, c.body, "")
			if want := strings.TrimSpace(recorded(t, c.name)); string(got) != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
