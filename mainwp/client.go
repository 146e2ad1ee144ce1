package mainwp

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Options of a Client. The zero value is good.
type Options struct {
	HTTP      http.RoundTripper // nil: GuardedTransport(true); share one between clients
	IndexPHP  bool              // use /index.php/wp-json, for plain permalinks
	Timeout   time.Duration     // per read; 0: 60 s
	UserAgent string            // "": "Muster"

	// ActionTimeout is the time for a call that makes the Dashboard contact a
	// site (SyncSite, Reconnect); 0: 5 min.
	ActionTimeout time.Duration
}

// Client reads one Dashboard. It is safe for use by many goroutines.
type Client struct {
	base string
	cred Credential
	opt  Options
	http *http.Client
	pool *sync.Pool // *bytes.Buffer
}

// New returns a client for the Dashboard at base, an address as ParseBaseURL
// returns it.
func New(base string, cred Credential, opt Options) *Client {
	if opt.HTTP == nil {
		opt.HTTP = GuardedTransport(true)
	}
	if opt.Timeout <= 0 {
		opt.Timeout = time.Minute
	}
	if opt.ActionTimeout <= 0 {
		opt.ActionTimeout = 5 * time.Minute
	}
	if opt.UserAgent == "" {
		opt.UserAgent = "Muster"
	}
	return &Client{
		base: strings.TrimRight(base, "/"),
		cred: cred,
		opt:  opt,
		http: &http.Client{
			Transport:     opt.HTTP,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		pool: &sync.Pool{New: func() any { return new(bytes.Buffer) }},
	}
}

// WithCredential returns a client for the same Dashboard with another key.
func (c *Client) WithCredential(cred Credential) *Client {
	copied := *c
	copied.cred = cred
	return &copied
}

// withIndexPHP returns the same client going through /index.php/wp-json.
func (c *Client) withIndexPHP() *Client {
	copied := *c
	copied.opt.IndexPHP = true
	return &copied
}

// request is one call of the API.
type request struct {
	op     string // what is being done, for the error
	method string // "": GET
	path   string // below wp-json/mainwp/v2
	root   bool   // path is below wp-json
	query  url.Values
	noKey  bool   // the route needs no key, so it is not sent
	bearer string // sent instead of the key
	action bool   // the Dashboard contacts a site for it: takes longer
}

// call carries out r and hands the JSON of the answer to use. body is valid only
// until use returns. All errors are *Error.
func (c *Client) call(ctx context.Context, r request, use func(body []byte) error) error {
	timeout := c.opt.Timeout
	if r.action {
		timeout = c.opt.ActionTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	buf := c.pool.Get().(*bytes.Buffer)
	buf.Reset()
	defer func() {
		if buf.Cap() <= 16<<20 {
			c.pool.Put(buf)
		}
	}()

	resp, err := c.send(ctx, r)
	if err == nil {
		err = c.read(ctx, resp, buf)
	}
	if err == nil {
		err = c.judge(r, resp, buf.Bytes(), use)
	}
	if err == nil {
		return nil
	}
	return c.complete(r, resp, err)
}

// complete fills in what every Error says, and masks the key wherever foreign
// text could repeat it.
func (c *Client) complete(r request, resp *http.Response, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Kind: KindTransport, Err: err}
	}
	e.Op, e.Method, e.Path = r.op, r.verb(), r.path
	if resp != nil {
		e.Status = resp.StatusCode
		e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"))
	}
	e.Message = cut(c.cred.mask(e.Message), 200)
	e.Excerpt = c.cred.mask(e.Excerpt)
	e.Location = c.cred.mask(e.Location)
	return e
}

func (r request) verb() string {
	if r.method == "" {
		return http.MethodGet
	}
	return r.method
}

// endpoint is the address of r without query.
func (c *Client) endpoint(r request) string {
	var b strings.Builder
	b.WriteString(c.base)
	if c.opt.IndexPHP {
		b.WriteString("/index.php")
	}
	b.WriteString("/wp-json")
	if !r.root {
		b.WriteString("/mainwp/v2")
	}
	b.WriteString(r.path)
	return b.String()
}
