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

	// The times for writes (API §21.5). What a call may take is also how long
	// its work may go on at the Dashboard after the connection was cut.
	UpdateTimeout time.Duration // Update; WordPress itself gets twice as much; 0: 15 min
	ActionTimeout time.Duration // other calls that make the Dashboard contact a site; 0: 5 min
	EditTimeout   time.Duration // calls that only write the Dashboard's database; 0: 30 s
}

// Client reads and changes one Dashboard. It is safe for use by many goroutines.
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
	opt.Timeout = orDefault(opt.Timeout, time.Minute)
	opt.UpdateTimeout = orDefault(opt.UpdateTimeout, 15*time.Minute)
	opt.ActionTimeout = orDefault(opt.ActionTimeout, 5*time.Minute)
	opt.EditTimeout = orDefault(opt.EditTimeout, 30*time.Second)
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

func orDefault(d, standard time.Duration) time.Duration {
	if d <= 0 {
		return standard
	}
	return d
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

	timeout time.Duration // 0: Options.Timeout
	params  params        // of a write, in its body
	secrets []string      // texts that no answer may repeat, beside the key
	answer  *Answer       // of a write: filled with what came back
}

// call carries out r and hands the JSON of the answer to use. body is valid only
// until use returns. All errors are *Error.
func (c *Client) call(ctx context.Context, r request, use func(body []byte) error) error {
	ctx, cancel := context.WithTimeout(ctx, orDefault(r.timeout, c.opt.Timeout))
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
	if r.answer != nil && resp != nil {
		*r.answer = Answer{Status: resp.StatusCode, Raw: c.rawText(r, buf.Bytes())}
	}
	if err == nil {
		return nil
	}
	return c.complete(r, resp, buf.Bytes(), err)
}

// complete fills in what every Error says, cleans foreign text and masks what is
// secret in it.
func (c *Client) complete(r request, resp *http.Response, body []byte, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Kind: KindTransport, Err: err}
	}
	e.Op, e.Method, e.Path = r.op, r.verb(), r.path
	if resp != nil {
		e.Status = resp.StatusCode
		e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"))
	}
	e.Message = c.foreignText(r, e.Message)
	e.Excerpt = c.mask(r, e.Excerpt)
	e.Location = c.cred.mask(e.Location)
	if r.writes() {
		e.Raw = c.rawText(r, body)
	}
	return e
}

func (r request) verb() string {
	if r.method == "" {
		return http.MethodGet
	}
	return r.method
}

func (r request) writes() bool { return r.verb() != http.MethodGet }

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
