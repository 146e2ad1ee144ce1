package mainwp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxBody is the largest answer that is read: 7 MB are 500 sites.
const maxBody = 64 << 20

// send sends r and returns the answer, whatever its status. A redirect within
// the same origin and the REST API is followed for a GET; all others are an
// Error of KindRedirect, because the key must not go elsewhere.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	target := c.endpoint(r)
	for hop := 0; ; hop++ {
		req, err := c.newRequest(ctx, r, target)
		if err != nil {
			return nil, err
		}
		resp, err := c.http.Do(req)
		if err != nil {
			return nil, c.transportError(ctx, err)
		}
		if resp.StatusCode < 300 || resp.StatusCode >= 400 || resp.StatusCode == http.StatusNotModified {
			return resp, nil
		}
		resp.Body.Close()
		location, err := resp.Location()
		if err != nil {
			return resp, &Error{Kind: KindBlocked, Excerpt: "redirect without an address"}
		}
		if !sameOrigin(location, req.URL) && canonical(location) == c.base {
			return resp, &Error{Kind: KindBlocked, Excerpt: "redirected to its own address"}
		}
		if !sameOrigin(location, req.URL) {
			return resp, &Error{Kind: KindRedirect, Location: canonical(location)}
		}
		if !strings.Contains(location.Path, "/wp-json") {
			return resp, &Error{Kind: KindBlocked, Excerpt: "redirected to " + location.EscapedPath()}
		}
		if hop == 3 {
			return resp, &Error{Kind: KindBlocked, Excerpt: "redirected in a circle"}
		}
		if req.Method != http.MethodGet {
			return resp, &Error{Kind: KindRedirect, Location: canonical(location)}
		}
		location.RawQuery, location.Fragment = "", ""
		target = location.String()
	}
}

func (c *Client) newRequest(ctx context.Context, r request, target string) (*http.Request, error) {
	query := url.Values{}
	for name, values := range r.query {
		query[name] = values
	}
	var body io.Reader
	contentType := ""
	sendsKey := !r.noKey && r.bearer == ""
	switch {
	case !r.writes():
		if sendsKey {
			c.cred.params(query)
		}
	case c.cred.kind == KindQuery:
		form := r.params.form()
		if r.verb() == http.MethodPost {
			c.cred.params(form)
		} else {
			c.cred.params(query) // PHP has a form for MainWP only with a POST
		}
		body, contentType = strings.NewReader(form.Encode()), "application/x-www-form-urlencoded"
	default:
		encoded, err := r.params.json()
		if err != nil {
			return nil, err
		}
		body, contentType = bytes.NewReader(encoded), "application/json"
	}
	if len(query) > 0 {
		// Commas separate ids and fields; PHP reads them plain, and so do people in a log.
		target += "?" + strings.ReplaceAll(query.Encode(), "%2C", ",")
	}
	req, err := http.NewRequestWithContext(ctx, r.verb(), target, body)
	if err != nil {
		return nil, errors.New("the Dashboard's address is not valid")
	}
	req.GetBody = nil // without it net/http never sends a write a second time
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.opt.UserAgent)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	switch {
	case r.bearer != "":
		req.Header.Set("Authorization", "Bearer "+r.bearer)
	case sendsKey:
		c.cred.header(req.Header)
	}
	return req, nil
}

// transportError drops the *url.Error around a cause: it would repeat the query.
func (c *Client) transportError(ctx context.Context, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if masked := c.cred.mask(err.Error()); masked != err.Error() {
		err = errors.New(masked)
	}
	netErr, isNet := errors.AsType[net.Error](err)
	timeout := errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded) || isNet && netErr.Timeout()
	return &Error{Kind: KindTransport, Err: err, Timeout: timeout}
}

// read reads the body into buf, at most maxBody.
func (c *Client) read(ctx context.Context, resp *http.Response, buf *bytes.Buffer) error {
	defer resp.Body.Close()
	if resp.ContentLength > maxBody {
		return &Error{Kind: KindTooLarge}
	}
	if resp.ContentLength > 0 {
		buf.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return c.transportError(ctx, fmt.Errorf("read the answer: %w", err))
	case n > maxBody:
		return &Error{Kind: KindTooLarge}
	}
	return nil
}

// judge decides by status and shape what an answer is, and hands a good one to use.
func (c *Client) judge(r request, resp *http.Response, body []byte, use func([]byte) error) error {
	status := resp.StatusCode
	start := jsonStart(body)
	if start < 0 {
		return c.notJSON(r, status, body)
	}
	body = body[start:]
	if status >= 200 && status < 300 {
		err := use(body)
		if errors.Is(err, errTruncated) {
			return &Error{Kind: KindTransport, Err: errTruncated}
		}
		if errors.Is(err, errMalformed) {
			return &Error{Kind: KindShape, Err: errMalformed}
		}
		return err
	}
	code, message := "", ""
	if _, err := eachField(body, func(key, value []byte) bool {
		switch string(key) {
		case "code":
			code = scalar(value)
		case "message":
			message = scalar(value)
		}
		return true
	}); err != nil || code == "" {
		return c.notJSON(r, status, body)
	}
	return &Error{Kind: errorKind(status, code), Code: code, Message: message}
}

// notJSON is the Error for an answer without usable JSON. A 5xx says nothing
// about what was done before it, but a maintenance page in answer to a read is
// only that. Nor does what a write is answered with as if all were well; a 4xx
// page is a firewall's, in front of the Dashboard.
func (c *Client) notJSON(r request, status int, body []byte) error {
	// The key is masked before anything is cut: half a key would not be found.
	e := &Error{Kind: KindBlocked, Excerpt: excerpt([]byte(c.mask(r, string(body[:min(len(body), 16<<10)]))))}
	page := bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
	maintenance := status == http.StatusServiceUnavailable && page && !r.writes()
	switch {
	case status >= 500 && !maintenance:
		e.Kind = KindTransport
	case status < 300 && r.writes():
		e.Kind = KindTransport
	case len(bytes.TrimSpace(body)) == 0 && status < 300:
		e.Kind, e.Err = KindTransport, errors.New("the answer is empty")
	}
	return e
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// canonical is the Dashboard address that a redirect points to, without query.
func canonical(location *url.URL) string {
	target := *location
	target.User, target.RawQuery, target.Fragment = nil, "", ""
	if base, _, err := ParseBaseURL(target.String()); err == nil {
		return base
	}
	if target.Scheme != "http" && target.Scheme != "https" {
		return ""
	}
	return target.Scheme + "://" + target.Host
}

// retryAfter reads the header: seconds or a date; never negative.
func retryAfter(s string) time.Duration {
	if seconds, err := strconv.Atoi(s); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 24*3600)) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
