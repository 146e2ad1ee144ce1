package mainwptest

import (
	"slices"
	"time"
)

// Named is a Dashboard of a Fleet with the agency's name and the address it has there.
type Named struct {
	Name, URL string
	*Dashboard
}

// Fleet makes Dashboards with sites spread unevenly over them, for a demo or a bench. The personalities are mixed, and
// no site is on two Dashboards. Rows are short from 3,000 sites on.
func Fleet(seed uint64, dashboards, sites int, now func() time.Time) []Named {
	personalities := []Personality{V61WP69, V61WP68, V601WP69, V61WP69, V54, V61WP68, V601WP68}
	out := make([]Named, 0, dashboards)
	firstName := 0
	for i, n := range shares(dashboards, sites) {
		name := agencyNames[i%len(agencyNames)]
		if i >= len(agencyNames) {
			name += " " + nameCity[i/len(agencyNames)%len(nameCity)]
		}
		cfg := Config{
			Personality: personalities[i%len(personalities)], Seed: seed*1000 + uint64(i), Sites: n, Name: name, Now: now, DescriptionsShort: sites >= 3000,
		}
		out = append(out, Named{Name: name, URL: "https://dash." + slugify(name) + ".example", Dashboard: newDashboard(cfg, firstName)})
		firstName += n + 50
	}
	return out
}

// shares divides sites so that the first Dashboard has about three times as many as the last.
func shares(dashboards, sites int) []int {
	out := make([]int, dashboards)
	total := 0
	for i := range out {
		out[i] = 3*dashboards - 2*i
		total += out[i]
	}
	left := sites
	for i := range out {
		out[i] = out[i] * sites / max(1, total)
		left -= out[i]
	}
	if dashboards > 0 {
		out[0] += left
	}
	slices.SortFunc(out, func(a, b int) int { return b - a })
	return out
}

// Hosts gives the map that Transport takes.
func Hosts(fleet []Named) map[string]*Dashboard {
	hosts := make(map[string]*Dashboard, len(fleet))
	for _, n := range fleet {
		hosts[n.URL[len("https://"):]] = n.Dashboard
	}
	return hosts
}
