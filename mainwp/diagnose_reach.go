package mainwp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"code.dny.dev/ssrf"
)

// address checks the address as text and then by the first request, whose other
// results the steps tls, rest and permalinks tell.
func (d *diagnosis) address(base string) Step {
	clean, insecure, err := ParseBaseURL(base)
	if err != nil {
		d.stop("the address cannot be used.")
		return Step{State: StepFailed, Detail: err.Error(), Fix: "Correct the address."}
	}
	d.report.Base, d.insecure = clean, insecure
	d.client = New(clean, d.cred, d.opt)
	d.index, d.indexErr = d.client.Index(d.ctx)
	d.report.IndexPHP = d.opt.IndexPHP

	e := asError(d.indexErr)
	if e.Kind == KindRedirect {
		d.stop("the address redirects.")
		d.report.SuggestURL = e.Location
		return Step{
			State: StepFailed, Detail: fmt.Sprintf("%s sends visitors on to %s. The key is not sent after a redirect.", clean, e.Location),
			Fix: fmt.Sprintf("Use %s as the address.", e.Location),
		}
	}
	if e.Kind == KindTransport && e.Status == 0 && !isTLS(e.Err) {
		d.stop("nothing answers at the address.")
		return unreachable(e, hostOf(clean))
	}
	return Step{State: StepOK, Detail: clean + " answers."}
}

// unreachable tells why no server answered.
func unreachable(e *Error, host string) Step {
	if dns, ok := errors.AsType[*net.DNSError](e.Err); ok {
		if dns.IsNotFound {
			return Step{State: StepFailed, Detail: fmt.Sprintf("There is no host named %s.", host), Fix: "Check the spelling. If the name is new, its DNS entry may still be on the way."}
		}
		return Step{State: StepFailed, Detail: fmt.Sprintf("The name %s could not be looked up: %s.", host, dns.Err), Fix: "Check the DNS of the machine Muster runs on, then try again."}
	}
	switch {
	case errors.Is(e.Err, ssrf.ErrProhibitedIP):
		return Step{State: StepFailed, Detail: fmt.Sprintf("%s leads to an address that Muster never connects to (link-local, metadata or reserved).", host), Fix: "Enter the Dashboard's public name, or its address in your own network."}
	case e.Timeout:
		return Step{State: StepFailed, Detail: fmt.Sprintf("%s did not answer in time.", host), Fix: "Open the address in a browser. If it opens there, let the Dashboard's firewall accept the machine Muster runs on."}
	}
	return Step{State: StepFailed, Detail: fmt.Sprintf("No connection to %s: %s.", host, e.reason()), Fix: "Check host and port, and that the web server runs."}
}

// tls follows from the first request.
func (d *diagnosis) tls() Step {
	e := asError(d.indexErr)
	switch {
	case d.insecure:
		return Step{State: StepWarn, Inferred: true, Detail: "Plain http: everyone in this network can read the key.", Fix: "Give the Dashboard a certificate and use https."}
	case e.Kind == KindTransport && isTLS(e.Err):
		d.stop("there is no secure connection.")
		detail, fix := certificateFault(e.Err, hostOf(d.report.Base))
		return Step{State: StepFailed, Inferred: true, Detail: detail, Fix: fix}
	}
	return Step{State: StepOK, Inferred: true, Detail: "The certificate is good."}
}

// isTLS reports whether err is about the secure connection rather than the network.
func isTLS(err error) bool {
	var (
		record    tls.RecordHeaderError
		alert     tls.AlertError
		verify    *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &verify) ||
		errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid)
}

// certificateFault says what is wrong with a secure connection, and the next step.
func certificateFault(err error, host string) (detail, fix string) {
	if names, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("The certificate is not for %s but for %s.", host, cut(strings.Join(names.Certificate.DNSNames, ", "), 120)),
			"Use the name the certificate is for, or get one for this name."
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return fmt.Sprintf("The certificate is valid from %s to %s.", invalid.Cert.NotBefore.Format("2006-01-02"), invalid.Cert.NotAfter.Format("2006-01-02")),
			"Renew the certificate. If it is not expired, check the clock of the machine Muster runs on."
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "The certificate is self-signed, or the server does not send the whole chain.",
			"Install a certificate of a public authority (Let's Encrypt is free) with its chain. For an authority of your own, add it to the certificates of the machine Muster runs on."
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return "The server speaks plain http at this port.", "Use the port for https, or turn on https on the server."
	}
	return fmt.Sprintf("The secure connection could not be made: %s.", err), "Let the host check the server's TLS settings."
}

// rest tells what the index answered, and tries /index.php/wp-json where a page
// came instead.
func (d *diagnosis) rest() Step {
	e := asError(d.indexErr)
	if d.indexErr == nil || d.index.Namespaces != nil {
		return d.namespaces()
	}
	switch e.Kind {
	case KindBlocked, KindNotFound, KindNoRoute:
		if !d.opt.IndexPHP && d.tryIndexPHP() {
			return d.namespaces()
		}
		if d.plain = d.client.plainPermalinks(d.ctx); d.plain {
			return Step{State: StepOK, Detail: "The REST API of WordPress answers, at ?rest_route= only."}
		}
		d.stop("the REST API does not answer.")
		return restBlocked(e)
	case KindCredentials, KindNoRight, KindApplication:
		return Step{State: StepWarn, Detail: "The index of the REST API is closed to visitors; only the answers with the key tell more.", Excerpt: e.Message}
	}
	d.stop("the REST API does not answer.")
	return failed(e, "Open "+d.report.Base+"/wp-json/ in a browser. It must show JSON of your WordPress; look into the server's error log if it does not.")
}

// namespaces reads from the index whether a MainWP Dashboard is there.
func (d *diagnosis) namespaces() Step {
	d.indexKnown = true
	d.report.Capabilities = d.index.capabilities()
	d.report.Capabilities.IndexPHP = d.report.IndexPHP
	caps := d.report.Capabilities
	if !caps.V2 && !caps.V1Only {
		d.stop("MainWP is not active there.")
		return Step{
			State: StepFailed, Detail: "This is a WordPress, but without the MainWP Dashboard plugin. Perhaps it is a site that MainWP manages.",
			Fix: "Enter the address of the WordPress on which MainWP Dashboard runs, or activate the plugin there.",
		}
	}
	step := Step{State: StepOK, Detail: "WordPress and MainWP answer."}
	if d.report.IndexPHP {
		step.Detail = "WordPress and MainWP answer through /index.php/wp-json."
	}
	return step
}

func (d *diagnosis) tryIndexPHP() bool {
	other := d.client.withIndexPHP()
	index, err := other.Index(d.ctx)
	if err != nil && index.Namespaces == nil {
		return false
	}
	d.client, d.index, d.indexErr = other, index, err
	d.report.IndexPHP = true
	return true
}

// restBlocked tells what stands between Muster and the REST API.
func restBlocked(e *Error) Step {
	step := Step{State: StepFailed, Excerpt: e.Excerpt}
	switch e.Status {
	case http.StatusUnauthorized:
		step.Detail = "The web server asks for a password of its own (HTTP 401)."
		step.Fix = "Let the web server answer /wp-json/ without that password."
	case http.StatusForbidden, http.StatusNotAcceptable, http.StatusTooManyRequests:
		step.Detail = fmt.Sprintf("A firewall or security plugin refuses the REST API (HTTP %d).", e.Status)
		step.Fix = "Allow /wp-json/mainwp/ for the machine Muster runs on: in the security plugin, at the host, or at the CDN."
	case http.StatusServiceUnavailable:
		step.Detail = "A maintenance page came instead of an answer (HTTP 503)."
		step.Fix = "Wait until maintenance is over. If it stays, delete the file .maintenance in WordPress' folder."
	default:
		step.Detail = fmt.Sprintf("A page came instead of the REST API (HTTP %d), also below /index.php/wp-json/.", e.Status)
		step.Fix = "Check that this is the address of the WordPress itself, with its folder if it has one, and that no plugin turns the REST API off."
	}
	return step
}

// plainPermalinks asks WordPress where it answers with plain permalinks. MainWP
// looks for /wp-json/ in the address before it takes a key (API §1), so that
// this is good for the diagnosis only.
func (c *Client) plainPermalinks(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/?rest_route=/&_fields=namespaces", nil)
	if err != nil {
		return false
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	var index struct {
		Namespaces []string `json:"namespaces"`
	}
	return resp.StatusCode == http.StatusOK && json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&index) == nil && index.Namespaces != nil
}

// permalinks follows from where the index answered.
func (d *diagnosis) permalinks() Step {
	if d.report.Capabilities.V1Only {
		d.stop("this version of MainWP has no API for Muster.")
	}
	switch {
	case d.plain:
		d.stop("MainWP takes no key while permalinks are plain.")
		return Step{
			State: StepFailed, Detail: "The permalinks of this WordPress are plain, and MainWP takes no key at such addresses.",
			Fix: "In that WordPress open Settings, Permalinks, choose any structure but Plain, and save.",
		}
	case !d.indexKnown:
		return Step{State: StepUnknown, Inferred: true, Detail: "The index did not tell."}
	case d.report.IndexPHP:
		return Step{
			State: StepWarn, Inferred: true, Detail: "The web server does not rewrite addresses for WordPress, so only /index.php/wp-json answers. Muster uses that.",
			Fix: "Better: in WordPress open Settings, Permalinks and save once, which writes .htaccess on Apache. On nginx the rule try_files $uri $uri/ /index.php?$args; is needed.",
		}
	}
	return Step{State: StepOK, Inferred: true, Detail: "/wp-json answers."}
}

func hostOf(base string) string {
	_, rest, _ := strings.Cut(base, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// asError is err as *Error; a zero one for nil.
func asError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if err != nil {
		return &Error{Kind: KindTransport, Err: err}
	}
	return &Error{}
}

// plainReason says in words for staff what an Error means.
func plainReason(e *Error) string {
	switch {
	case e.Kind == KindRedirect:
		return fmt.Sprintf("The Dashboard sends this request on to %s.", e.Location)
	case e.Kind == KindBlocked:
		return fmt.Sprintf("A page came instead of data (HTTP %d): a firewall, a security plugin or maintenance.", e.Status)
	case e.Kind == KindShape:
		return "The answer is of another kind than any version of MainWP gives."
	case e.Kind == KindTransport && e.Status >= 500:
		return fmt.Sprintf("The server broke off with an error (HTTP %d).", e.Status)
	case e.Timeout:
		return "There was no answer in time."
	case e.Message != "":
		return "The Dashboard answered: " + e.Message
	}
	return "The request failed: " + e.reason() + "."
}
