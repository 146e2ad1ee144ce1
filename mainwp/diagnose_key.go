package mainwp

import (
	"context"
	"strings"
)

// arrivalProbe is no key: it has no "==". Where it arrives, MainWP misses a
// parameter; where the header was stripped, MainWP sees no sign-in (API §1.2).
const arrivalProbe = "muster-checks-whether-this-header-arrives"

// headerLines put the Authorization header through to PHP.
const headerLines = `# Apache, in .htaccess above the lines of WordPress:
SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1

# Apache 2.4.13 or newer with CGI or FPM, in the host's configuration:
CGIPassAuth On

# nginx, in the location that passes on to PHP:
fastcgi_param HTTP_AUTHORIZATION $http_authorization;`

// proxyLines tell WordPress that the request came in by https.
const proxyLines = `// wp-config.php, above "That's all, stop editing!":
if ( isset( $_SERVER['HTTP_X_FORWARDED_PROTO'] ) && 'https' === $_SERVER['HTTP_X_FORWARDED_PROTO'] ) {
	$_SERVER['HTTPS'] = 'on';
}`

// counted is the answer of sites/count, the first request with the key.
type counted struct {
	n   int
	err error
}

func (d *diagnosis) counted() counted {
	if d.count == nil {
		n, err := d.client.SitesCount(d.ctx)
		d.count = &counted{n, err}
	}
	return *d.count
}

// authorization finds out whether the Authorization header reaches MainWP.
func (d *diagnosis) authorization() Step {
	err := d.client.probe(d.ctx)
	e := asError(err)
	switch {
	case strings.HasSuffix(e.Code, "_missing_parameter"):
		step := Step{State: StepOK, Detail: "The Authorization header reaches MainWP."}
		if d.cred.Kind() == KindQuery {
			step.Fix = "Send the key in the header again, instead of in the address of requests."
		}
		return step
	case strings.HasSuffix(e.Code, "_authentication_error"):
		return d.stripped()
	case strings.HasSuffix(e.Code, "_bad_request"):
		d.stop("MainWP does not see the secure connection.")
		return Step{
			State: StepFailed, Detail: "MainWP accepts only https, and WordPress does not see that this request came by https. Behind a proxy it has to be told.",
			Fix:  "In WordPress set both addresses under Settings, General to https. If that does not help, add these lines to wp-config.php.",
			Code: proxyLines,
		}
	case e.Kind == KindNoRoute:
		d.stop("the API of MainWP is off.")
		return Step{State: StepFailed, Detail: "The routes of the API are not there.", Fix: "In MainWP open API Access and create a key: without one, MainWP before 6.1.2 turns its API off."}
	case e.Kind == KindBlocked, e.Kind == KindNoRight:
		d.stop("requests with a key are refused before MainWP sees them.")
		step := failed(err, "Allow requests with an Authorization header to /wp-json/mainwp/ in the firewall or security plugin.")
		return step
	}
	return Step{State: StepUnknown, Detail: "The answer does not tell: " + plainReason(e), Excerpt: e.Excerpt}
}

// AuthorizationStripped finds out, after a 401, whether the web server takes the
// Authorization header away. It sends no key.
func (c *Client) AuthorizationStripped(ctx context.Context) bool {
	return strings.HasSuffix(asError(c.probe(ctx)).Code, "_authentication_error")
}

// probe sends a header that is no key. It always ends in an error; its code tells.
func (c *Client) probe(ctx context.Context) error {
	r := request{op: "see whether the Authorization header arrives", path: "/sites/count", bearer: arrivalProbe}
	return c.call(ctx, r, func([]byte) error { return shapeError("an answer without a key") })
}

// stripped is the end of the authorization step where the header is lost. The
// pair in the address is tried only if the person has agreed to it before.
func (d *diagnosis) stripped() Step {
	step := Step{
		State:  StepFailed,
		Detail: "The web server takes the Authorization header away before PHP sees it.",
		Fix:    "Let the host add the lines for its web server. Or send the key in the address of read requests; it then stands in that server's access log.",
		Code:   headerLines,
	}
	if d.insecure && d.report.Capabilities.MainWPVersion() == "5.2 to 5.4" {
		step.Detail += " Or this is MainWP 5.2 or 5.3, which accept https only."
	}
	if d.cred.Kind() != KindQuery {
		d.report.SuggestQuery = true
		d.stop("the key does not arrive.")
		return step
	}
	step.Fix = "Let the host add the lines for its web server, then send the key in the header."
	if d.counted().err != nil {
		step.Detail += " As agreed, the key goes in the address of read requests, but that fails too."
		return step
	}
	d.report.QueryAuthWorks = true
	step.State = StepWarn
	step.Detail += " As agreed, the key goes in the address of read requests, and that works."
	return step
}

// key asks the cheapest question that needs the key.
func (d *diagnosis) key() Step {
	if d.cred.pair == nil {
		d.stop("there is no key yet.")
		return Step{State: StepNotTried, Detail: "Not tried: there is no key yet.", Fix: "In MainWP open API Access, add a key and paste it here."}
	}
	err := d.counted().err
	if err == nil {
		return Step{State: StepOK, Detail: "MainWP knows the key that ends in " + d.cred.Hint() + "."}
	}
	e := asError(err)
	if e.Kind != KindCredentials {
		d.stop("the request with the key failed.")
		return failed(err, "Try again. If it stays, look into the error log of the Dashboard's server.")
	}
	if strings.HasSuffix(e.Code, "_authentication_error") && d.wrongSecretReadsOtherwise(e) {
		return Step{State: StepOK, Detail: "MainWP knows the key that ends in " + d.cred.Hint() + "."}
	}
	d.stop("the key is not valid.")
	if strings.HasSuffix(e.Code, "_disabled_key") {
		return Step{State: StepFailed, Detail: "MainWP does not know this key, or it is disabled.", Fix: "In MainWP open API Access and enable the key that ends in " + d.cred.Hint() + ", or create one there and paste it here."}
	}
	return Step{State: StepFailed, Detail: "MainWP knows the key that ends in " + d.cred.Hint() + ", but its secret half is wrong.", Fix: "Copy the whole key again. MainWP shows it only once: if it is lost, create a new one."}
}

// wrongSecretReadsOtherwise tells a wrong secret from a key without the right to
// read. MainWP answers both with one code and a translated sentence, so the
// same key is sent with a secret that is surely wrong: another sentence means
// that the real secret was right.
func (d *diagnosis) wrongSecretReadsOtherwise(e *Error) bool {
	_, err := d.client.WithCredential(d.cred.wrongSecret()).SitesCount(d.ctx)
	other := asError(err)
	return other.Kind == KindCredentials && other.Message != e.Message
}

// read follows from the request of the key step.
func (d *diagnosis) read() Step {
	if d.counted().err != nil {
		d.stop("the key may not read.")
		return Step{State: StepFailed, Inferred: true, Detail: "The key may write, but not read.", Fix: "In MainWP open API Access and give the key the permission Read, or create one with Read and Write & Delete."}
	}
	d.report.OK = true
	return Step{State: StepOK, Inferred: true, Detail: "The key may read."}
}

// write looks the own key up in the list of keys. It never tries a write.
func (d *diagnosis) write() Step {
	unknown := Step{State: StepUnknown, Detail: "This version of MainWP does not tell. It shows when Muster writes for the first time."}
	if d.indexKnown && !d.report.Capabilities.Keys {
		return unknown
	}
	keys, err := d.client.Keys(d.ctx)
	if KindOf(err) == KindNoRoute {
		return unknown
	}
	if err != nil {
		e := asError(err)
		return Step{State: StepUnknown, Detail: "The list of keys could not be read. " + plainReason(e), Excerpt: e.Excerpt}
	}
	own, found := ownKey(keys, d.cred.Hint())
	switch {
	case !found:
		return Step{State: StepUnknown, Detail: "MainWP's list of keys does not show this key. It shows when Muster writes for the first time."}
	case own.Write:
		d.report.KeyScope = ScopeReadWrite
		return Step{State: StepOK, Detail: "The key may read and write."}
	}
	d.report.KeyScope = ScopeRead
	return Step{
		State: StepWarn, Detail: "The key may only read: this Dashboard is read-only in Muster.",
		Fix: "To run updates and other actions from Muster, create a key in MainWP with Read and Write & Delete, and replace this one.",
	}
}

// ownKey finds the row of the key in use. Two keys with the same end that have
// different rights tell nothing.
func ownKey(keys []Key, hint string) (own Key, found bool) {
	for _, key := range keys {
		if key.Version != "v2" || key.TruncatedKey != hint || !key.Active {
			continue
		}
		if found && own.Write != key.Write {
			return Key{}, false
		}
		own, found = key, true
	}
	return own, found
}
