package mainwp

import (
	"context"
	"time"
)

// Diagnose asks a Dashboard one question after the other and tells for each
// what was found and what to do. emit is called as each step ends; every step of
// Step.ID is in the report, "not tried" where an earlier one stands in the
// way. The key is sent only to base, only in the way cred.Kind says, and nothing
// is ever written. Without Options.Timeout a request may take 20 s.
func Diagnose(ctx context.Context, base string, cred Credential, opt Options, emit func(Step)) Report {
	if opt.Timeout <= 0 {
		opt.Timeout = 20 * time.Second
	}
	d := &diagnosis{ctx: ctx, cred: cred, opt: opt, emit: emit}
	d.report.KeyScope = ScopeUnknown
	for _, s := range d.steps(base) {
		d.run(s)
	}
	return d.report
}

// diagnosis is one run of Diagnose: what its steps have found out so far.
type diagnosis struct {
	ctx    context.Context
	cred   Credential
	opt    Options
	emit   func(Step)
	report Report

	client     *Client // set by the address step
	insecure   bool
	index      Index
	indexErr   error
	indexKnown bool   // the index was read, so Capabilities are facts
	plain      bool   // permalinks are plain: WordPress answers at ?rest_route= only
	blocked    string // why the steps that follow are not tried

	count *counted
	first *firstSite
}

type diagnosisStep struct {
	id, title string
	run       func() Step
}

func (d *diagnosis) steps(base string) []diagnosisStep {
	return []diagnosisStep{
		{"address", "Address", func() Step { return d.address(base) }},
		{"tls", "Secure connection", d.tls},
		{"rest", "REST API", d.rest},
		{"permalinks", "Permalinks", d.permalinks},
		{"authorization", "The key arrives", d.authorization},
		{"key", "The key is valid", d.key},
		{"read", "Right to read", d.read},
		{"write", "Right to write", d.write},
		{"admin", "The key’s user is an administrator", d.admin},
		{"versions", "Versions", d.versions},
		{"sites", "Sites", d.sites},
	}
}

// run carries out one step, unless an earlier one or the end of ctx prevents it.
func (d *diagnosis) run(s diagnosisStep) {
	started := time.Now()
	step := Step{State: StepNotTried, Detail: d.blocked}
	if d.ctx.Err() != nil {
		step.Detail = "The check was stopped before this."
	} else if d.blocked == "" || s.id == "versions" && d.report.Capabilities.V1Only {
		step = s.run()
		if d.ctx.Err() != nil && step.State != StepOK {
			step = Step{State: StepNotTried, Detail: "The check was stopped during this."}
		}
	}
	step.ID, step.Title = s.id, s.title
	if step.State != StepNotTried {
		step.Took = time.Since(started)
	}
	d.report.Steps = append(d.report.Steps, step)
	if d.emit != nil {
		d.emit(step)
	}
}

// stop makes the steps that follow "not tried", with the reason.
func (d *diagnosis) stop(reason string) { d.blocked = "Not tried: " + reason }

// failed is the Step for a request that ended in err, in the general case.
func failed(err error, fix string) Step {
	e := asError(err)
	return Step{State: StepFailed, Detail: plainReason(e), Fix: fix, Excerpt: e.Excerpt}
}
