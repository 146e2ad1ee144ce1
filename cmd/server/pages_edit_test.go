package main

// editPages are the forms that change sites, clients and tags. Dashboard 3 is the one that is down.
func editPages() []shot {
	return []shot{
		{"site-edit", "/sites/1/edit", nil},
		{"site-remove", "/sites/1/remove", nil},
		{"site-add-where", "/sites/add", nil},
		{"site-add", "/sites/add?dashboard=1", nil},
		{"site-add-down", "/sites/add?dashboard=3", nil},
		{"site-add-wrong", "/sites/add?dashboard=1", func(b *page) {
			for name, value := range map[string]string{"url": "ftp://site.example", "admin": "admin", "password": "some words for it"} {
				b.fill(name, value)
			}
			b.click("main form .btn.primary")
			b.waitText("again: Muster keeps it nowhere")
		}},
		{"client-add", "/clients/add?dashboard=1", nil},
		{"client-edit", "/clients/1/1/edit", nil},
		{"client-remove", "/clients/1/1/remove", nil},
		{"tags", "/tags", nil},
		{"tag-add", "/tags/add?dashboard=1", nil},
		{"tag-edit", "/tags/1/1/edit", nil},
		{"tag-remove", "/tags/1/1/remove", nil},
	}
}
