package mainwp_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"muster/mainwp"
)

// wantWrite is what a recorded answer of a write means: the call that is made,
// with slug, and its result without the Answer, or the kind of its error.
type wantWrite struct {
	slug   string
	result any
	kind   mainwp.Kind
}

const (
	batchDone    = "Batch updates for the site completed."
	batchStarted = "Batch updates for the site started successfully. Please wait to completed."
	batchQueued  = "A batch updates for the site are queuing to run."
	publicKey    = "Public key already set. Please deactivate & reactivate the MainWP Child plugin on the child site and try again."
	notChild     = "MainWP Child plugin not detected or could not be reached! Ensure the MainWP Child plugin is installed and activated on the child site, and there are no security rules blocking requests. If you contin…"
)

func plugin(slug, name, version string) mainwp.Acted {
	return mainwp.Acted{Success: true, Items: []mainwp.ActedItem{{Slug: slug, Name: name, Version: version}}}
}

// wantUpdates are the meanings of the answers to updates. A recording of an older
// version means the same as the one of this name, unless it is listed itself.
var wantUpdates = map[string]wantWrite{
	"update-ignored-plugin":           {slug: "lab-seo/lab-seo.php", result: mainwp.Updated{Done: true, Name: "Lab SEO", OldVersion: "2.3.0", Version: "2.4.1"}},
	"update-ignored-plugin-object":    {slug: "lab-seo/lab-seo.php", result: mainwp.Updated{NotOffered: true, Message: "No Plugins to update."}},
	"update-plugin-broken-and-good":   {slug: "lab-broken/lab-broken.php", result: mainwp.Updated{Failed: true, Failure: "Download failed.", Name: "Lab Broken Package", OldVersion: "1.0", Version: "1.0"}},
	"update-plugin-broken-package":    {slug: "lab-broken/lab-broken.php", result: mainwp.Updated{Failed: true, Failure: "Download failed.", Name: "Lab Broken Package", Version: "1.0"}},
	"update-plugin-empty-package":     {slug: "lab-premium/lab-premium.php", result: mainwp.Updated{Failed: true, Failure: "Update package not available.", Name: `Lab Premium "Pro"`, Version: "3.0"}},
	"update-plugins-noslug":           {slug: "a/a.php", result: mainwp.Updated{NotOffered: true, Message: "No Plugins to update."}},
	"update-plugins-one":              {slug: "lab-seo/lab-seo.php", result: mainwp.Updated{Done: true, Name: "Lab SEO", OldVersion: "2.3.0", Version: "2.4.1"}},
	"update-plugins-same-again":       {slug: "lab-forms/lab-forms.php", result: mainwp.Updated{Done: true, Name: "Lab Forms", Version: "1.1"}},
	"update-plugins-two-mixed":        {slug: "nope/nope.php", result: mainwp.Updated{Nothing: true}},
	"update-plugins-unknown":          {slug: "nope/nope.php", result: mainwp.Updated{NotOffered: true, Message: "No Plugins to update."}},
	"update-plugins-when-ignored-all": {slug: "lab-forms/lab-forms.php", result: mainwp.Updated{NotOffered: true, Message: "Plugins ignored updates per site."}},
	"update-themes":                   {slug: "lab-theme", result: mainwp.Updated{Done: true, Name: "Lab Theme", OldVersion: "1.0", Version: "1.2"}},
	"update-themes-one":               {slug: "lab-theme", result: mainwp.Updated{Done: true, Name: "Lab Theme", OldVersion: "1.0", Version: "1.2"}},
	"update-themes-noslug":            {slug: "a", result: mainwp.Updated{NotOffered: true, Message: "No Themes to update."}},
	"update-translations":             {slug: "lab-forms", result: mainwp.Updated{Done: true, Name: "Lab Forms", Version: "1.0"}},
	"update-translations-noslug":      {slug: "a", result: mainwp.Updated{NotOffered: true, Message: "No Translations to update."}},
	"update-wp":                       {result: mainwp.Updated{Done: true, Message: "WordPress was updated to the latest version.", OldVersion: "6.9.4", Version: "6.9.5"}},
	"update-wp-again":                 {result: mainwp.Updated{Nothing: true, Message: "WordPress was updated to the latest version."}},
	"site-suspended-update-plugins":   {slug: "lab-nope/x.php", result: mainwp.Updated{NotOffered: true, Message: "No Plugins to update."}},
	"down-update-plugins":             {slug: "lab-forms/lab-forms.php", result: mainwp.Updated{NotOffered: true, Message: "No Plugins to update."}},

	"main/update-plugins-one":            {slug: "lab-forms/lab-forms.php", result: mainwp.Updated{Done: true, Name: "Lab Forms", OldVersion: "1.0", Version: "1.1"}},
	"wp68-update-plugins-one":            {slug: "lab-forms/lab-forms.php", result: mainwp.Updated{Done: true, Name: "Lab Forms", OldVersion: "1.0", Version: "1.1"}},
	"old/5.2.2-update-translations":      {slug: "lab-forms", result: mainwp.Updated{Nothing: true}},
	"old/5.4.0.23-update-translations":   {slug: "lab-forms", result: mainwp.Updated{Nothing: true}},
	"old/5.4.1-update-translations":      {slug: "lab-forms", result: mainwp.Updated{Nothing: true}},
	"old/5.4.1-wp69-update-translations": {slug: "lab-forms", result: mainwp.Updated{Nothing: true}},
	"update-site-all":                    {slug: "a", result: mainwp.Updated{Queued: true, Message: batchDone}},
	"update-site-all-again":              {slug: "a", result: mainwp.Updated{Queued: true, Message: batchDone}},
	"down-html-update-site":              {slug: "a", result: mainwp.Updated{Queued: true, Message: batchDone}},
	"down-refused-update-site":           {slug: "a", result: mainwp.Updated{Queued: true, Message: batchDone}},
	"wp68-update-site-all":               {slug: "a", result: mainwp.Updated{Queued: true, Message: batchStarted}},
	"wp68-update-site-all-again":         {slug: "a", result: mainwp.Updated{Queued: true, Message: batchQueued}},
	"old/5.4.1-update-site-all":          {slug: "a", result: mainwp.Updated{Queued: true, Message: batchStarted}},
}

// wantActions are the meanings of the answers to all other writes that say more
// than "done"; a name that is not listed was done.
var wantActions = map[string]wantWrite{
	"site-check":               {result: mainwp.CheckResult{Online: true, Code: 200}},
	"debug-post-sites-1-check": {result: mainwp.CheckResult{Online: true, Code: 200}},
	"down-html-check":          {result: mainwp.CheckResult{Online: true, Code: 200}},
	"down-refused-check":       {result: mainwp.CheckResult{}},
	"down-site-check":          {result: mainwp.CheckResult{}},

	"plugins-activate":         {result: plugin("lab-seo/lab-seo.php", "Lab SEO", "2.3.0")},
	"plugins-activate-unknown": {result: plugin("nope/nope.php", "", "")},
	"plugins-activate-array": {result: mainwp.Acted{Success: true, Items: []mainwp.ActedItem{
		{Slug: "lab-seo/lab-seo.php", Name: "Lab SEO", Version: "2.3.0"}, {Slug: "hello.php", Name: "Hello Dolly", Version: "1.7.2"}}}},
	"plugins-deactivate":       {result: plugin("lab-seo/lab-seo.php", "Lab SEO", "2.3.0")},
	"plugins-deactivate-query": {result: plugin("hello.php", "Hello Dolly", "1.7.2")},
	"plugins-delete":           {result: plugin("hello.php", "Hello Dolly", "1.7.2")},
	"plugins-delete-active":    {result: plugin("lab-cache/lab-cache.php", "Lab Cache", "0.9")},
	"plugins-delete-unknown":   {result: mainwp.Acted{}},
	"themes-activate":          {result: plugin("lab-classic", "Lab Classic", "2.0")},
	"themes-activate-back":     {result: plugin("lab-theme", "Lab Theme", "1.0")},
	"themes-activate-unknown":  {result: plugin("nope", "nope", "")},
	"themes-delete":            {result: plugin("twentytwentyfive", "Twenty Twenty-Five", "1.4")},
	"themes-delete-active":     {result: plugin("lab-classic", "Lab Classic", "2.0")},

	"err-add-existing":         {result: mainwp.AddedSite{FoundID: 1, Failure: "The site is already connected to your MainWP Dashboard"}},
	"err-add-badpass":          {result: mainwp.AddedSite{Failure: publicKey}},
	"err-add-other-dash-child": {result: mainwp.AddedSite{Failure: publicKey}},
	"err-add-wrongpass":        {result: mainwp.AddedSite{Failure: publicKey}},
	"err-add-not-child":        {result: mainwp.AddedSite{Failure: notChild}},
	"err-add-nourl":            {result: mainwp.AddedSite{Failure: "HTTP error - URL using bad/illegal format or missing URL"}},
	"err-add-badurl":           {result: mainwp.AddedSite{Failure: "HTTP error - Failed to connect to 127.0.0.1 port 18099 after 13 ms: Couldn't connect to server"}},
	"sites-add-a1":             {result: mainwp.AddedSite{ID: 1}},
	"sites-add-a2":             {result: mainwp.AddedSite{ID: 2}},
	"sites-add-a3":             {result: mainwp.AddedSite{ID: 3}},
	"sites-add-b1":             {result: mainwp.AddedSite{ID: 1}},
	"sites-add-b2":             {result: mainwp.AddedSite{ID: 2}},
	"setup-sites-add-c1":       {result: mainwp.AddedSite{ID: 1}},
	"setup-sites-add-c2":       {result: mainwp.AddedSite{ID: 2}},
	"site-readd":               {result: mainwp.AddedSite{ID: 4}},
	"site-remove":              {result: mainwp.Removed{Success: true}},

	"clients-add":           {result: mainwp.Added{ID: 1}},
	"clients-add-2":         {result: mainwp.Added{ID: 2}},
	"clients-add-b":         {result: mainwp.Added{ID: 1}},
	"setup-clients-add":     {result: mainwp.Added{ID: 1}},
	"err-client-badmail":    {result: mainwp.Added{ID: 3}},
	"clients-add-dup-email": {kind: mainwp.KindRefused},
	"clients-add-noname":    {kind: mainwp.KindRefused},
	"err-array-json":        {kind: mainwp.KindRefused},
	"err-text-body":         {kind: mainwp.KindRefused},
	"tags-add":              {result: mainwp.Added{ID: 1}},
	"tags-add-2":            {result: mainwp.Added{ID: 2}},
	"tags-add-b":            {result: mainwp.Added{ID: 1}},
	"setup-tags-add":        {result: mainwp.Added{ID: 1}},
	"tags-add-dup":          {result: mainwp.Added{ID: 3}},
	"form-body-tag":         {result: mainwp.Added{ID: 4}},
	"tags-add-empty":        {kind: mainwp.KindRefused},
}

// call makes the call that a recording answers. Answer is taken out of the result.
func call(ctx context.Context, c *mainwp.Client, route, slug string) (result any, answer mainwp.Answer, err error) {
	take := func(a *mainwp.Answer) { answer, *a = *a, mainwp.Answer{} }
	update := func(kind mainwp.UpdateKind) (any, mainwp.Answer, error) {
		u, err := c.Update(ctx, 3, kind, slug)
		take(&u.Answer)
		return u, answer, err
	}
	acted := func(a mainwp.Acted, err error) (any, mainwp.Answer, error) { take(&a.Answer); return a, answer, err }
	added := func(a mainwp.Added, err error) (any, mainwp.Answer, error) { take(&a.Answer); return a, answer, err }
	plainly := func(a mainwp.Answer, err error) (any, mainwp.Answer, error) { return nil, a, err }
	switch strings.TrimPrefix(strings.TrimPrefix(route, "POST "), "PUT ") {
	case "/updates/N/update/plugins", "/updates/N/update":
		return update(mainwp.UpdatePlugins)
	case "/updates/N/update/themes":
		return update(mainwp.UpdateThemes)
	case "/updates/N/update/translations":
		return update(mainwp.UpdateTranslations)
	case "/updates/N/update/wp":
		return update(mainwp.UpdateWP)
	case "/updates/N/ignore/plugins":
		return plainly(c.IgnoreItem(ctx, 3, mainwp.UpdatePlugins, "a/a.php", "A"))
	case "/updates/N/ignore/themes":
		return plainly(c.IgnoreItem(ctx, 3, mainwp.UpdateThemes, "a", "A"))
	case "/updates/N/ignore/wp":
		return plainly(c.IgnoreKind(ctx, 3, mainwp.UpdateWP))
	case "/sites/N/check":
		r, err := c.CheckSite(ctx, 3)
		take(&r.Answer)
		return r, answer, err
	case "/sites/N/suspend":
		return plainly(c.SuspendSite(ctx, 3))
	case "/sites/N/unsuspend":
		return plainly(c.UnsuspendSite(ctx, 3))
	case "/sites/N/edit":
		return plainly(c.EditSite(ctx, 3, mainwp.SiteEdit{ClientID: 1}))
	case "/sites/N/plugins/activate":
		return acted(c.ActivatePlugin(ctx, 3, "a/a.php"))
	case "/sites/N/plugins/deactivate":
		return acted(c.DeactivatePlugin(ctx, 3, "a/a.php"))
	case "DELETE /sites/N/plugins/delete":
		return acted(c.DeletePlugin(ctx, 3, "a/a.php"))
	case "/sites/N/themes/activate":
		return acted(c.ActivateTheme(ctx, 3, "a"))
	case "DELETE /sites/N/themes/delete":
		return acted(c.DeleteTheme(ctx, 3, "a"))
	case "/sites/add":
		r, err := c.AddSite(ctx, mainwp.NewSite{URL: "https://site.example", Admin: "admin", Password: mainwp.NewSecret("pass-word")})
		take(&r.Answer)
		return r, answer, err
	case "DELETE /sites/N/remove":
		r, err := c.RemoveSite(ctx, 3)
		take(&r.Answer)
		return r, answer, err
	case "/clients/add":
		return added(c.AddClient(ctx, mainwp.ClientEdit{Name: "A"}))
	case "/clients/N/edit":
		return plainly(c.EditClient(ctx, 3, mainwp.ClientEdit{Name: "A"}))
	case "DELETE /clients/N/remove":
		return plainly(c.RemoveClient(ctx, 3))
	case "/clients/N/suspend":
		return plainly(c.SuspendClient(ctx, 3))
	case "/clients/N/unsuspend":
		return plainly(c.UnsuspendClient(ctx, 3))
	case "/tags/add":
		return added(c.AddTag(ctx, "A", "#21ba45"))
	case "/tags/N/edit":
		return plainly(c.EditTag(ctx, 3, "A", "#21ba45"))
	case "DELETE /tags/N/remove":
		return plainly(c.RemoveTag(ctx, 3))
	}
	return nil, mainwp.Answer{}, nil
}

var versionPrefix = regexp.MustCompile(`^(old/[0-9.]+-(wp69-)?|wp68-)`)

// meaning looks a recording up by its name, then by its name without version.
func meaning(name string) (wantWrite, bool) {
	base := versionPrefix.ReplaceAllString(name, "")
	for _, table := range []map[string]wantWrite{wantUpdates, wantActions} {
		if base == name {
			if want, ok := table["main/"+name]; ok {
				return want, true
			}
		}
		if want, ok := table[name]; ok {
			return want, true
		}
		if want, ok := table[base]; ok {
			return want, true
		}
	}
	return wantWrite{}, false
}

// checkWrite holds the decoded answer of a write against its meaning.
func checkWrite(t *testing.T, client *mainwp.Client, rec recording) {
	want, _ := meaning(rec.name)
	got, answer, err := call(t.Context(), client, rec.route(), want.slug)
	if want.kind != "" {
		if e := asError(t, err); e.Kind != want.kind || e.Message == "" || e.Raw == "" {
			t.Errorf("got %+v, want %s with message and answer", e, want.kind)
		}
		return
	}
	must(t, err)
	if diff := cmp.Diff(want.result, got); diff != "" {
		t.Error(diff)
	}
	if answer.Status != rec.status || !strings.HasPrefix(answer.Raw, `{"success":`) || len(answer.Raw) > 4000 || !utf8.ValidString(answer.Raw) {
		t.Errorf("got answer %d %q", answer.Status, answer.Raw)
	}
}

// TestOneAnswerManyItems reads every item of an answer by its own slug.
func TestOneAnswerManyItems(t *testing.T) {
	tests := []struct {
		file, slug string
		want       mainwp.Updated
	}{
		{"update-plugin-broken-and-good.json", "lab-cache/lab-cache.php", mainwp.Updated{Done: true, Name: "Lab Cache", OldVersion: "0.9", Version: "1.0.0"}},
		{"update-plugins-two-mixed.json", "lab-cache/lab-cache.php", mainwp.Updated{Done: true, Name: "Lab Cache", OldVersion: "0.9", Version: "1.0.0"}},
		{"update-plugins-two-mixed.json", "lab-shop/lab-shop.php", mainwp.Updated{Nothing: true}},
	}
	for _, tt := range tests {
		got, err := replay(t, 200, load(t, tt.file)).Update(t.Context(), 3, mainwp.UpdatePlugins, tt.slug)
		must(t, err)
		got.Answer = mainwp.Answer{}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s, %s: %s", tt.file, tt.slug, diff)
		}
	}
}
