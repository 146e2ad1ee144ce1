package mainwp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"muster/mainwp"
)

// decoders are the calls whose answers FuzzDecode makes up.
func decoders() []func(context.Context, *mainwp.Client) error {
	return []func(context.Context, *mainwp.Client) error{
		func(ctx context.Context, c *mainwp.Client) error { return decodePage(ctx, c) },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.SitesBasic(ctx); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.SitesCount(ctx); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.ProbeSites(ctx); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.SiteUpdates(ctx, 1); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, _, err := c.Abandoned(ctx, 1); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, _, err := c.Clients(ctx, 1, 10); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.Tags(ctx); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.Costs(ctx); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, _, err := c.Monitors(ctx, 1, 10); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.MonitorsBasic(ctx); return err },
		func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.Heartbeats(ctx, 1, time.Time{})
			return err
		},
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.Incidents(ctx, 1); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.Changes(ctx, 1, 1, 10); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.Keys(ctx); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.Capabilities(ctx); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.SyncSite(ctx, 1); return err },
		func(ctx context.Context, c *mainwp.Client) error { _, err := c.SiteClient(ctx, 1); return err },
		decodeUpdate(mainwp.UpdatePlugins, "lab-broken/lab-broken.php"),
		decodeUpdate(mainwp.UpdateThemes, "lab-theme"),
		decodeUpdate(mainwp.UpdateWP, ""),
		decodeWrite("POST /sites/N/check"), decodeWrite("POST /sites/N/suspend"), decodeWrite("PUT /sites/N/edit"),
		decodeWrite("POST /sites/N/plugins/activate"), decodeWrite("DELETE /sites/N/themes/delete"),
		decodeWrite("POST /sites/add"), decodeWrite("DELETE /sites/N/remove"), decodeWrite("POST /tags/add"),
		decodeWrite("POST /updates/N/ignore/plugins"),
	}
}

// decodeUpdate looks that every answer to an update means exactly one thing.
func decodeUpdate(kind mainwp.UpdateKind, slug string) func(context.Context, *mainwp.Client) error {
	return func(ctx context.Context, c *mainwp.Client) error {
		u, err := c.Update(ctx, 1, kind, slug)
		meanings := 0
		for _, is := range []bool{u.Done, u.Nothing, u.NotOffered, u.Failed, u.Queued} {
			if is {
				meanings++
			}
		}
		if err == nil && (meanings != 1 || !rawIsClean(u.Raw)) {
			panic(fmt.Sprintf("%d meanings: %+v", meanings, u))
		}
		return err
	}
}

func decodeWrite(route string) func(context.Context, *mainwp.Client) error {
	return func(ctx context.Context, c *mainwp.Client) error {
		result, answer, err := call(ctx, c, route, "")
		if !rawIsClean(answer.Raw) || strings.Contains(fmt.Sprintf("%+v", result), "pass-word") {
			panic(fmt.Sprintf("%+v %+v", result, answer))
		}
		return err
	}
}

// rawIsClean is for an answer to a request with this key and password.
func rawIsClean(raw string) bool {
	return len(raw) <= 4000 && utf8.ValidString(raw) && !strings.Contains(raw, testKey) && !strings.Contains(raw, testSecret)
}

func decodePage(ctx context.Context, c *mainwp.Client) error {
	rows, _, err := c.SitesPage(ctx, 1, 10)
	for _, row := range rows {
		site, decodeErr := row.Decode()
		if decodeErr == nil && site.Plugins == nil && site.UpdatesKnown.Plugins && len(site.PluginUpdates) == 0 {
			panic("no updates are believed of a site whose plugins are unknown")
		}
	}
	return err
}

// FuzzDecode answers every route with whatever the fuzzer makes of the
// recordings: no answer may bring the client down or give an error without kind.
func FuzzDecode(f *testing.F) {
	all := decoders()
	for i, rec := range recordings(f) {
		if len(rec.body) < 12000 {
			f.Add(uint8(i%len(all)), uint16(rec.status-200), rec.body)
			f.Add(uint8(0), uint16(rec.status-200), rec.body)
		}
	}
	for i := range all {
		f.Add(uint8(i), uint16(0), load(f, "update-plugin-broken-and-good.json"))
		f.Add(uint8(i), uint16(0), load(f, "themes-activate.json"))
		f.Add(uint8(i), uint16(0), load(f, "err-add-existing.json"))
	}
	f.Fuzz(func(t *testing.T, route uint8, status uint16, body []byte) {
		client := replay(t, 200+int(status)%400, body)
		err := all[int(route)%len(all)](t.Context(), client)
		if err == nil {
			return
		}
		if e := asError(t, err); !rawIsClean(e.Raw) || e.Kind == "" || e.Op == "" || utf8.RuneCountInString(e.Message) > 200 || utf8.RuneCountInString(e.Excerpt) > 200 || e.Error() == "" {
			t.Errorf("got %+v", e)
		}
	})
}
