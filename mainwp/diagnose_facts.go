package mainwp

import (
	"fmt"
	"strconv"
)

// firstSite is the first row of the list of sites, as the mirror reads it.
type firstSite struct {
	id  int64 // 0: none
	err error
}

func (d *diagnosis) firstSite() firstSite {
	if d.first == nil {
		d.first = &firstSite{}
		rows, _, err := d.client.SitesPage(d.ctx, 1, 1)
		d.first.err = err
		if len(rows) > 0 {
			d.first.id = rows[0].ID
		}
	}
	return *d.first
}

// admin asks for one known site. On WordPress 6.9 that needs the rights of an
// administrator, which the key's user can lose (API §1.1, §4.4).
func (d *diagnosis) admin() Step {
	caps := d.report.Capabilities
	if d.indexKnown && (!caps.Abilities || !caps.Monitors) {
		return Step{State: StepNotTried, Detail: "Not tried: MainWP looks at this only from 6.0 on WordPress 6.9 on."}
	}
	site := d.firstSite()
	if site.id == 0 {
		return Step{State: StepNotTried, Detail: "Not tried: there is no site to ask for."}
	}
	path := "/sites/" + strconv.FormatInt(site.id, 10)
	err := d.client.call(d.ctx, request{op: "read one site", path: path}, func([]byte) error { return nil })
	e := asError(err)
	switch {
	case err == nil:
		return Step{State: StepOK, Detail: "The key’s user may use all of MainWP."}
	case e.Code == "ability_invalid_permissions":
		return Step{
			State: StepFailed, Detail: "The user the key belongs to is no longer an administrator. Muster can read the list of sites, but syncs and updates will fail.",
			Fix: "In WordPress give that user the role Administrator again, or create a key as an administrator and replace this one.",
		}
	}
	return Step{State: StepUnknown, Detail: "The answer does not tell. " + plainReason(e), Excerpt: e.Excerpt}
}

// versions tells the versions as far as routes and shapes show them.
func (d *diagnosis) versions() Step {
	caps := &d.report.Capabilities
	if caps.V1Only {
		return Step{
			State: StepFailed, Inferred: true, Detail: "Only version 1 of the API answers: MainWP is 5.1 or older, or has its REST API turned off.",
			Fix: "Update the MainWP Dashboard plugin to 6.1 or newer, then create a key under API Access.",
		}
	}
	if !d.indexKnown {
		return Step{State: StepUnknown, Inferred: true, Detail: "The index is closed, so the versions cannot be told."}
	}
	if kept, err := d.client.fieldsKept(d.ctx); err == nil {
		caps.FieldsKept, caps.FieldsUnknown = kept, false
	}
	step := Step{State: StepOK, Detail: fmt.Sprintf("MainWP %s, WordPress %s.", caps.MainWPVersion(), caps.WordPressVersion())}
	switch {
	case !caps.Monitors:
		step.State = StepWarn
		step.Detail += " Uptime and the rights of the key are not told by this version."
		step.Fix = "Update the MainWP Dashboard plugin to 6.1 or newer."
	case !caps.FieldsKept && !caps.FieldsUnknown:
		step.State = StepWarn
		step.Detail += " Muster has to read more to see less."
		step.Fix = "Update the MainWP Dashboard plugin to 6.1 or newer."
	}
	return step
}

// sites tells how many there are, and whether their list can be read.
func (d *diagnosis) sites() Step {
	n := d.counted().n
	d.report.Sites = n
	if err := d.firstSite().err; err != nil {
		d.report.OK = false
		return failed(err, "Look into the error log of the Dashboard's server, then check again.")
	}
	switch n {
	case 0:
		return Step{State: StepWarn, Detail: "The Dashboard has no sites yet.", Fix: "Add sites in MainWP. Muster finds them by itself."}
	case 1:
		return Step{State: StepOK, Detail: "1 site."}
	}
	return Step{State: StepOK, Detail: fmt.Sprintf("%d sites.", n)}
}
