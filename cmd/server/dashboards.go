package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"muster/db"
	"muster/mainwp"
	"muster/web"
)

// dashboardAdd checks the connection and connects the Dashboard when it can be read.
func (a *app) dashboardAdd(ctx context.Context, args []string) error {
	fs := a.flags("dashboard add")
	address := fs.String("url", "", "address of the MainWP Dashboard")
	name := fs.String("name", "", "name in Muster; without it the Dashboard's own title")
	file := fs.String("key-file", "", "file with the API key; without it standard input is read")
	readOnly := fs.Bool("read-only", false, "never send a change, whatever the key allows")
	inQuery := fs.Bool("query-key", false, "agree to send the key in addresses, where the Dashboard's server logs it (for hosts that strip the Authorization header)")
	if err := a.parse(fs, args); err != nil {
		return err
	}
	if *address == "" {
		return usageError("muster dashboard add: -url is needed")
	}
	base, insecure, err := mainwp.ParseBaseURL(*address)
	if err != nil {
		return err
	}
	if insecure {
		fmt.Fprintln(a.stderr, "The address is plain http: the key travels unprotected inside your network.")
	}
	text, err := a.secretInput(*file, "key")
	if err != nil {
		return err
	}
	cred, err := mainwp.ParseCredential(text)
	if err != nil {
		return err
	}
	if *inQuery {
		cred = cred.With(mainwp.KindQuery)
	}
	return a.withStore(ctx, func(cfg config, store *db.DB) error {
		found, err := a.checkAndTell(ctx, cfg, web.Candidate{Base: base, Auth: string(cred.Kind()), Key: cred.Reveal()})
		if err != nil {
			return err
		}
		id, err := store.CreateDashboard(ctx, operator(), db.NewDashboard{
			DashboardEdit: db.DashboardEdit{Name: nameOf(*name, found.Title, base), URL: base, Auth: string(cred.Kind()), IndexPHP: found.IndexPHP, ReadOnly: *readOnly},
			Key:           cred.Reveal(), KeyHint: cred.Hint(), KeyScope: found.KeyScope,
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "Connected as Dashboard %d. A running server reads it now.\n", id)
		return nil
	})
}

// nameOf is the name given, else the Dashboard's title, else its host.
func nameOf(given, title, base string) string {
	for _, name := range []string{given, title} {
		if name = strings.TrimSpace(name); name != "" {
			return name
		}
	}
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.Hostname()
}

// errCheck is what a command ends with when the Dashboard cannot be read; the steps have been printed.
var errCheck = errors.New("the Dashboard cannot be read: see the first failed step above")

// checkAndTell prints the steps of a diagnosis as they end.
func (a *app) checkAndTell(ctx context.Context, cfg config, c web.Candidate) (web.Checked, error) {
	found := check(ctx, mainwp.GuardedTransport(cfg.AllowPrivate), c, a.printStep)
	if !found.OK {
		if found.SuggestQuery {
			fmt.Fprintln(a.stdout, "Or add it with -query-key: the key then travels in addresses, and the Dashboard's server writes those into its access log.")
		}
		return found, errCheck
	}
	return found, nil
}

func (a *app) printStep(s mainwp.Step) {
	fmt.Fprintf(a.stdout, "%-9s  %s\n", strings.ReplaceAll(string(s.State), "_", " "), s.Title)
	for _, line := range []struct{ label, text string }{{"", s.Detail}, {"Next: ", s.Fix}, {"", s.Code}, {"It answered: ", s.Excerpt}} {
		if line.text != "" {
			const indent = "           "
			fmt.Fprintln(a.stdout, indent+line.label+strings.ReplaceAll(line.text, "\n", "\n"+indent))
		}
	}
}

func (a *app) dashboardList(ctx context.Context, args []string) error {
	if err := a.parse(a.flags("dashboard list"), args); err != nil {
		return err
	}
	return a.withStore(ctx, func(_ config, store *db.DB) error {
		list, err := store.Dashboards(ctx, operator())
		if err != nil {
			return err
		}
		if len(list) == 0 {
			fmt.Fprintln(a.stdout, "No Dashboard is connected. Connect one with `muster dashboard add` or in the panel.")
			return nil
		}
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tNAME\tADDRESS\tSTATE\tSITES\tUPDATES\tREAD\tWHY")
		for _, d := range list {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", d.ID, d.Name, d.URL, d.State, d.Sites, d.Updates.Total(), stamp(d.LastReadAt), d.Error)
		}
		return w.Flush()
	})
}

// stamp writes a time for a terminal, in the server's zone.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// findDashboard finds a Dashboard by id, or by a name that only one has.
func findDashboard(ctx context.Context, store *db.DB, which string) (db.Dashboard, error) {
	list, err := store.Dashboards(ctx, operator())
	if err != nil {
		return db.Dashboard{}, err
	}
	var named []db.Dashboard
	for _, d := range list {
		if strconv.FormatInt(d.ID, 10) == which {
			return d, nil
		}
		if strings.EqualFold(d.Name, which) {
			named = append(named, d)
		}
	}
	switch len(named) {
	case 1:
		return named[0], nil
	case 0:
	default:
		return db.Dashboard{}, fmt.Errorf("%d Dashboards are called %q: say which by its id, `muster dashboard list` shows them", len(named), which)
	}
	return db.Dashboard{}, fmt.Errorf("no Dashboard is called %q: `muster dashboard list` shows them", which)
}

func (a *app) dashboardCheck(ctx context.Context, args []string) error {
	fs := a.flags("dashboard check")
	if err := a.parse(fs, args, "the id or name of a Dashboard"); err != nil {
		return err
	}
	return a.withStore(ctx, func(cfg config, store *db.DB) error {
		d, err := findDashboard(ctx, store, fs.Arg(0))
		if err != nil {
			return err
		}
		auth, key, err := store.DashboardKey(ctx, operator(), d.ID)
		if err != nil {
			return err
		}
		found, err := a.checkAndTell(ctx, cfg, web.Candidate{Base: d.URL, Auth: auth, Key: key, IndexPHP: d.IndexPHP})
		if err == nil {
			fmt.Fprintf(a.stdout, "%s can be read: %s.\n", d.Name, plural(found.Sites, "site"))
		}
		return err
	})
}

// plural counts in words: 1 site, 2 sites.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func (a *app) dashboardRemove(ctx context.Context, args []string) error {
	fs := a.flags("dashboard remove")
	yes := fs.Bool("yes", false, "do it; without this only what would be lost is said")
	if err := a.parse(fs, args, "the id or name of a Dashboard"); err != nil {
		return err
	}
	return a.withStore(ctx, func(_ config, store *db.DB) error {
		d, err := findDashboard(ctx, store, fs.Arg(0))
		if err != nil {
			return err
		}
		l, err := store.DashboardLosses(ctx, operator(), d.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "Muster forgets of %s: %s, %s, %s, %s (since %s), %s, %s of uptime, %s, and its key.\nNothing changes on the Dashboard or its sites.\n",
			d.Name, plural(l.Sites, "site"), plural(l.Clients, "client"), plural(l.Costs, "cost"), plural(l.Events, "event"), stamp(l.OldestEvent), plural(l.Changes, "change"), plural(l.MonitorDays, "day"), plural(l.Incidents, "incident"))
		if !*yes {
			return errors.New("nothing was removed: say -yes before the name to do it")
		}
		if err := store.DisconnectDashboard(ctx, operator(), d.ID); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s is disconnected.\n", d.Name)
		return nil
	})
}
