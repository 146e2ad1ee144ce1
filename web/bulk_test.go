package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/db"
)

// stock gives sites two plugins, of which Forms is active.
func (s *site) stock(dashboard int64, n int) []int64 {
	s.t.Helper()
	ids := s.fill(dashboard, n)
	m := s.store.Mirror()
	var rows []db.SiteWrite
	known, err := m.KnownSites(s.t.Context(), dashboard)
	s.must(err)
	for remote, k := range known {
		site, err := s.store.Site(s.t.Context(), everything, k.ID)
		s.must(err)
		rows = append(rows, db.SiteWrite{RemoteID: remote, Hash: []byte("stocked"), Name: site.Name, URL: site.URL, URLKey: strings.Trim(strings.TrimPrefix(site.URL, "https://"), "/"), Status: "connected", LastSyncAt: s.now(),
			Plugins: []db.Installed{{Slug: "forms/forms.php", Name: "Forms", Version: "1", Active: true}, {Slug: "seo/seo.php", Name: "SEO", Version: "2"}}})
	}
	s.must(m.WriteSites(s.t.Context(), dashboard, s.now(), false, rows))
	return ids
}

// A plugin is deactivated or deleted on many sites from the list of those that have it; deleting asks for the number.
func TestPluginsInBulkFromTheSitesTable(t *testing.T) {
	s := newSite(t)
	ids := s.stock(1, 3)
	b := s.as(ownerEmail)
	b.get("/sites?item=plugin:forms/forms.php").want(t, http.StatusOK, "This plugin", "Deactivate…", "Delete…", "Ignore updates…")
	if strings.Contains(b.get("/sites").body, "Deactivate…") {
		t.Error("without the filter there is no plugin to deactivate")
	}
	sites := url.Values{"site": {idText(ids[0]), idText(ids[1])}, "do": {"delete"}}
	b.post("/sites/actions", sites).want(t, http.StatusUnprocessableEntity)
	r := b.post("/sites/actions?item="+url.QueryEscape("plugin:forms/forms.php"), sites)
	review := b.get(r.location())
	review.want(t, http.StatusOK, "Delete 2 plugins", "Type 2 to confirm", "Delete Forms")
	form := review.start(t)
	b.post(r.location()+"/start", form).want(t, http.StatusUnprocessableEntity, "Nothing was started")
	form.Set("confirm", "2")
	b.post(r.location()+"/start", form).wantTo(t, "/runs/1")
	b.get("/runs/1").want(t, http.StatusOK, "Delete Forms on 2 sites")

	all := url.Values{"all": {"1"}, "do": {"activate"}}
	r = b.post("/sites/actions?item="+url.QueryEscape("plugin:seo/seo.php"), all)
	b.get(r.location()).want(t, http.StatusOK, "Activate 3 plugins")
	r = b.post("/sites/actions?item="+url.QueryEscape("plugin:seo/seo.php"), url.Values{"all": {"1"}, "do": {"deactivate"}})
	b.get(r.location()).want(t, http.StatusOK, "Nothing to do", "it is not active")
}

// Several plugins of a site are ticked at once.
func TestPluginsInBulkOnASite(t *testing.T) {
	s := newSite(t)
	id := s.stock(1, 1)[0]
	b := s.as(ownerEmail)
	b.get("/sites/"+idText(id)+"?tab=plugins").want(t, http.StatusOK, `name="slug" value="seo/seo.php" form="items"`, "With what is ticked")
	if page := s.as(readerEmail).get("/sites/" + idText(id) + "?tab=plugins"); strings.Contains(page.body, "With what is ticked") {
		t.Error("a reader is offered to change plugins")
	}
	path := "/sites/" + idText(id) + "/items"
	b.post(path, url.Values{"kind": {"plugin"}, "do": {"delete"}}).want(t, http.StatusUnprocessableEntity, "Nothing is chosen")
	r := b.post(path, url.Values{"kind": {"plugin"}, "do": {"delete"}, "slug": {"seo/seo.php", "forms/forms.php"}})
	b.get(r.location()).want(t, http.StatusOK, "Delete 2 plugins", "Type 2 to confirm")
	r = b.post(path, url.Values{"kind": {"plugin"}, "do": {"ignore"}, "slug": {"seo/seo.php", "forms/forms.php"}})
	b.get(r.location()).want(t, http.StatusOK, "Ignore 2 items")
	b.post(path, url.Values{"kind": {"plugin"}, "do": {"delete"}, "slug": {"no/no.php", "nor/this.php"}}).want(t, http.StatusNotFound)
}

// A site's page chooses single updates for the next run, and leads to holding them.
func TestUpdatesOfASiteAreChosenOnItsPage(t *testing.T) {
	s := newSite(t)
	id := s.known(1, 1, "5.6")[0]
	b := s.as(ownerEmail)
	page := "/sites/" + idText(id)
	b.get(page).want(t, http.StatusOK, "Choose Akismet", "/holds?kind=plugin&amp;site="+idText(id)+"&amp;slug=akismet")
	b.post("/basket", url.Values{"item": {"+" + itemOn(id)}, "back": {page}}).wantTo(t, page)
	b.get(page).want(t, http.StatusOK, "Take out Akismet")
	if strings.Contains(s.as(readerEmail).get(page).body, "Choose Akismet") {
		t.Error("a reader is offered to choose")
	}
}
