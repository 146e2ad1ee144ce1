package main

import (
	"context"
	"net/http"
	"time"

	"muster/mainwp"
	"muster/views"
	"muster/web"
)

// checkTimeout bounds one request of a diagnosis: somebody waits for it.
const checkTimeout = 15 * time.Second

// pageClient is the MainWP client as pages need it. A nil transport is the guarded one.
func pageClient(transport http.RoundTripper) web.Client {
	return web.Client{
		Address: func(typed string) (string, error) {
			base, _, err := mainwp.ParseBaseURL(typed)
			return base, err
		},
		Key: func(typed string) (web.Key, error) {
			cred, err := mainwp.ParseCredential(typed)
			if err != nil {
				return web.Key{}, err
			}
			return web.Key{Auth: string(cred.Kind()), Text: cred.Reveal(), Hint: cred.Hint()}, nil
		},
		Check: func(ctx context.Context, c web.Candidate, tell func(views.Step)) web.Checked {
			return check(ctx, transport, c, func(step mainwp.Step) { tell(viewStep(step)) })
		},
	}
}

// check diagnoses one Dashboard and tells each step as it ends.
func check(ctx context.Context, transport http.RoundTripper, c web.Candidate, emit func(mainwp.Step)) web.Checked {
	started := time.Now()
	cred, err := mainwp.ParseCredential(c.Key)
	if err != nil {
		step := views.Step{State: string(mainwp.StepFailed), Title: "The key can be read", Fix: err.Error()}
		return web.Checked{Check: views.Check{Steps: []views.Step{step}}}
	}
	opt := mainwp.Options{HTTP: transport, IndexPHP: c.IndexPHP, Timeout: checkTimeout}
	report := mainwp.Diagnose(ctx, c.Base, cred.With(mainwp.CredentialKind(c.Auth)), opt, emit)
	return web.Checked{
		Check: views.Check{
			Steps: viewSteps(report.Steps), OK: report.OK, Sites: report.Sites, Took: time.Since(started),
			SuggestQuery: report.SuggestQuery, SuggestURL: report.SuggestURL,
		},
		KeyScope: report.KeyScope, IndexPHP: report.IndexPHP, Title: report.Capabilities.Name,
	}
}

func viewSteps(steps []mainwp.Step) []views.Step {
	out := make([]views.Step, 0, len(steps))
	for _, s := range steps {
		out = append(out, viewStep(s))
	}
	return out
}

func viewStep(s mainwp.Step) views.Step {
	return views.Step{State: string(s.State), Title: s.Title, Detail: s.Detail, Fix: s.Fix, Code: s.Code, Excerpt: s.Excerpt, Took: s.Took}
}
