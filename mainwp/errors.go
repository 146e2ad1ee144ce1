package mainwp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// Kind says what an Error means for the caller. It comes from the HTTP status,
// the code and the shape of the answer, never from its translated text.
type Kind string

// The kinds of Error.
const (
	KindCredentials Kind = "credentials" // 401 with a JSON code: no, unknown, disabled key, or one without this right
	KindNoRight     Kind = "no_right"    // 403 with a JSON code; a 401 on a write while a read works is for the caller to find out
	KindNoRoute     Kind = "no_route"    // 404 rest_no_route: this version or setup has no such route
	KindNotFound    Kind = "not_found"   // 404 mainwp_rest_invalid_…_id and the like
	KindApplication Kind = "application" // another 4xx or 5xx with a JSON code: the Dashboard is up, asking again does not help. internal_server_error is PHP's crash: a write may have been carried out
	KindRefused     Kind = "refused"     // HTTP 200 with success:0
	KindRemote      Kind = "remote"      // the Dashboard asked the site and passes on what went wrong there
	KindBlocked     Kind = "blocked"     // HTML or other text instead of JSON: firewall, maintenance page, plain permalinks; a write was not carried out
	KindTransport   Kind = "transport"   // no answer, a part of one, a 5xx without JSON, or a page in place of a write's answer: whether it was carried out is unknown, see NotSent
	KindShape       Kind = "shape"       // JSON, but not what this route answers: another version, never "nothing there"; a write may have been carried out
	KindRedirect    Kind = "redirect"    // a redirect that is not followed, because the key would go elsewhere; see Location
	KindTooLarge    Kind = "too_large"   // more than 64 MB; a write may have been carried out
)

// Error is why a call did not give its result. It never holds the key.
type Error struct {
	Kind     Kind
	Op       string // what was being done, e.g. "read sites page 3"
	Method   string
	Path     string // below mainwp/v2, without query
	Status   int    // HTTP status, 0 without an answer
	Code     string // WordPress' error code, "" without one
	Message  string // the Dashboard's own text, translated and foreign: shown, never matched; at most 200 runes
	Location string // KindRedirect: the address to use instead, as ParseBaseURL would clean it

	RetryAfter time.Duration // what the answer asked for, 0 without
	Excerpt    string        // text of an answer that is not JSON, at most 200 runes
	Raw        string        // what a write was answered with, as Answer.Raw; "" for a read
	Timeout    bool          // the time was up; only with KindTransport
	Err        error         // cause, e.g. context.Canceled, *net.DNSError
}

// Error says what was being done and what came back.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteString(": ")
	b.WriteString(e.reason())
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d", e.Status)
		if e.Code != "" {
			b.WriteString(" " + e.Code)
		}
		b.WriteString(")")
	}
	return b.String()
}

func (e *Error) reason() string {
	switch {
	case e.Kind == KindRedirect:
		return "redirected to " + e.Location
	case e.Kind == KindTooLarge:
		return "answer over 64 MB"
	case e.Message != "":
		return e.Message
	case e.Timeout:
		return "no answer in time"
	case e.Excerpt != "":
		return fmt.Sprintf("answer is not JSON: %q", e.Excerpt)
	case e.Err != nil:
		return networkReason(e.Err)
	}
	return string(e.Kind)
}

// Reason says in words, without a full stop, what came back; foreign text is cut.
func (e *Error) Reason() string { return e.reason() }

// networkReason puts the usual faults of a connection into words.
func networkReason(err error) string {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case isDNS && dns.IsNotFound:
		return "there is no host of this name"
	case isDNS:
		return "its name could not be looked up"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the server refuses the connection"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errTruncated):
		return "the connection broke off"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to the server"
	case isTLS(err):
		return "the secure connection failed: " + err.Error()
	}
	return err.Error()
}

// NotSent reports whether the Dashboard cannot have seen the request: its name,
// address or certificate failed. Every other KindTransport of a write leaves
// open whether it was carried out.
func (e *Error) NotSent() bool {
	if e.Kind != KindTransport || e.Status != 0 || e.Err == nil {
		return false
	}
	op, isOp := errors.AsType[*net.OpError](e.Err)
	_, isDNS := errors.AsType[*net.DNSError](e.Err)
	_, isCertificate := errors.AsType[*tls.CertificateVerificationError](e.Err)
	return isDNS || isCertificate || isOp && op.Op == "dial"
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the Error in err's chain, "" without one.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// FormError is a sentence for the person who filled in a form: what is wrong
// with the input and the next step.
type FormError string

// Error returns the sentence.
func (e FormError) Error() string { return string(e) }

func sentence(format string, args ...any) error { return FormError(fmt.Sprintf(format, args...)) }

// shapeError is for the decoders: JSON that this route does not answer.
func shapeError(message string) error {
	return &Error{Kind: KindShape, Message: message}
}

// errorKind is the kind of an error answer with a JSON code.
func errorKind(status int, code string) Kind {
	switch {
	case remoteCode(code):
		return KindRemote
	case status == 401:
		return KindCredentials
	case status == 403:
		return KindNoRight
	case code == "rest_no_route":
		return KindNoRoute
	case status == 404:
		return KindNotFound
	}
	return KindApplication
}

// remoteCode holds for the codes of calls that ask the child site: sync,
// reconnect, security, updates, plugin and theme actions (API §2.3, §4).
func remoteCode(code string) bool {
	name, ok := strings.CutPrefix(code, "mainwp_rest_")
	if !ok {
		return false
	}
	switch name {
	case "sync_site_error", "reconnect_site_error", "get_secure_site_error", "disconnect_site_error":
		return true
	}
	return strings.HasPrefix(name, "upgrade_") && strings.HasSuffix(name, "_of_site_error") ||
		strings.HasSuffix(name, "_plugins_action") || strings.HasSuffix(name, "_themes_action") || strings.HasSuffix(name, "_theme_action")
}
