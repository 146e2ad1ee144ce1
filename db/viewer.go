package db

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Role is what a person is in Muster.
type Role string

// Roles of staff.
const (
	Owner    Role = "owner"
	Manager  Role = "manager"
	Operator Role = "operator"
	Reader   Role = "viewer"
)

// Viewer is who asks. Every method that a page can reach takes one, and its WHERE honours it. The zero Viewer sees nothing.
type Viewer struct {
	UserID int64
	Role   Role
	// All is set for people without limits. Otherwise a site is visible if its Dashboard, its client or one of its tags is listed.
	All        bool
	Dashboards []int64
	Clients    []Ref
	Tags       []Ref
	// Portal is the one portal client a customer belongs to; such a viewer sees no staff page.
	Portal int64
}

// CanManageDashboards reports whether the viewer may connect, change and check Dashboards.
func (v Viewer) CanManageDashboards() bool { return v.Role == Owner && v.All && v.Portal == 0 }

// CanRun reports whether the viewer may start, pause and cancel runs on the sites he sees, and change what stands on a Dashboard.
func (v Viewer) CanRun() bool {
	return v.Portal == 0 && (v.Role == Owner || v.Role == Manager || v.Role == Operator)
}

// mayRun lets only those through who may change something on a Dashboard.
func (v Viewer) mayRun() error {
	if !v.CanRun() {
		return fmt.Errorf("%w: your role does not allow changes", ErrForbidden)
	}
	return nil
}

// whole reports whether the viewer sees everything of a Dashboard, clients and tags included.
func (v Viewer) whole(dashboardID int64) bool {
	return v.staff() && (v.All || slices.Contains(v.Dashboards, dashboardID))
}

// tasks limits the table alias t (tasks, calls) to what the viewer may see: those of his sites, and those without a site where he sees the
// whole Dashboard.
func (v Viewer) tasks(t string) cond {
	switch {
	case !v.staff():
		return cond{sql: "0"}
	case v.All:
		return cond{sql: "1"}
	}
	in := v.sites("vs")
	return cond{
		sql:  "(" + t + ".site_id IS NULL AND " + t + ".dashboard_id IN (SELECT value FROM json_each(?)) OR " + t + ".site_id IS NOT NULL AND EXISTS (SELECT 1 FROM sites vs WHERE vs.id = " + t + ".site_id AND " + in.sql + "))",
		args: append([]any{jsonText(v.Dashboards)}, in.args...),
	}
}

// staff reports whether the viewer may see staff data at all.
func (v Viewer) staff() bool { return v.Portal == 0 && v.Role != "" }

// cond is a piece of a WHERE with its arguments.
type cond struct {
	sql  string
	args []any
}

// sites limits the table alias s (sites) to what the viewer may see.
func (v Viewer) sites(s string) cond {
	switch {
	case !v.staff():
		return cond{sql: "0"}
	case v.All:
		return cond{sql: "1"}
	}
	var or []string
	var args []any
	if len(v.Dashboards) > 0 {
		or = append(or, s+".dashboard_id IN (SELECT value FROM json_each(?))")
		args = append(args, jsonText(v.Dashboards))
	}
	if len(v.Clients) > 0 {
		or = append(or, "EXISTS (SELECT 1 FROM json_each(?) j WHERE j.value ->> 'Dashboard' = "+s+".dashboard_id AND j.value ->> 'ID' = "+s+".client_id)")
		args = append(args, jsonText(v.Clients))
	}
	if len(v.Tags) > 0 {
		or = append(or, "EXISTS (SELECT 1 FROM json_each(?) j JOIN site_tags st ON st.dashboard_id = j.value ->> 'Dashboard' AND st.tag_id = j.value ->> 'ID' WHERE st.site_id = "+s+".id)")
		args = append(args, jsonText(v.Tags))
	}
	if len(or) == 0 {
		return cond{sql: "0"}
	}
	return cond{sql: "(" + strings.Join(or, " OR ") + ")", args: args}
}

// dashboards limits the table alias d (dashboards): those listed, and those that hold a visible site.
func (v Viewer) dashboards(d string) cond {
	switch {
	case !v.staff():
		return cond{sql: "0"}
	case v.All:
		return cond{sql: "1"}
	}
	in := v.sites("vs")
	return cond{
		sql:  "(" + d + ".id IN (SELECT value FROM json_each(?)) OR EXISTS (SELECT 1 FROM sites vs WHERE vs.dashboard_id = " + d + ".id AND " + in.sql + "))",
		args: append([]any{jsonText(v.Dashboards)}, in.args...),
	}
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // slices of integers and of Ref always encode
	}
	if string(b) == "null" {
		return "[]"
	}
	return string(b)
}
