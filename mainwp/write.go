package mainwp

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Answer is what a write came back with, for people to read.
type Answer struct {
	Status int // HTTP status
	// Raw is the body, HTML as text, at most 4,000 bytes of valid UTF-8. The key,
	// the secrets sent and whatever looks like a password, a token, a licence or
	// the query of an address is masked.
	Raw string
}

// ActionTimeout is how long sync, reconnect, check, plugin and theme actions,
// AddSite and RemoveSite may take.
func (c *Client) ActionTimeout() time.Duration { return c.opt.ActionTimeout }

// EditTimeout is how long suspend, edit, ignore and what is done to clients and
// tags may take.
func (c *Client) EditTimeout() time.Duration { return c.opt.EditTimeout }

// action is a write for which the Dashboard contacts a site.
func (c *Client) action(op, method, path string, answer *Answer) request {
	return request{op: op, method: method, path: path, timeout: c.opt.ActionTimeout, answer: answer}
}

// edit is a write to the Dashboard's database. All edits are POST: MainWP takes
// POST, PUT and PATCH alike (API §2.1), and only with a POST the key in a form.
func (c *Client) edit(op, path string, answer *Answer, p params) request {
	return request{op: op, method: http.MethodPost, path: path, timeout: c.opt.EditTimeout, answer: answer, params: p}
}

// accepted is for the writes that only say whether they were done.
func accepted(body []byte) error {
	_, err := openEnvelope(body)
	return err
}

// params are the parameters of a write: string, int64, []int64, []string or
// map[string]string.
type params map[string]any

// setText sets a text that is not empty.
func (p params) setText(name, value string) {
	if value != "" {
		p[name] = value
	}
}

// setFlag sets 0 or 1, where something is to change.
func (p params) setFlag(name string, value *bool) {
	if value == nil {
		return
	}
	p[name] = int64(0)
	if *value {
		p[name] = int64(1)
	}
}

func (p params) json() ([]byte, error) {
	if p == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(map[string]any(p))
}

// form writes lists as name[] and maps as name[key], as PHP reads them.
func (p params) form() url.Values {
	form := url.Values{}
	for name, value := range p {
		switch v := value.(type) {
		case string:
			form.Set(name, v)
		case int64:
			form.Set(name, strconv.FormatInt(v, 10))
		case []int64:
			for _, n := range v {
				form.Add(name+"[]", strconv.FormatInt(n, 10))
			}
		case []string:
			form[name+"[]"] = v
		case map[string]string:
			for key, text := range v {
				form.Set(name+"["+key+"]", text)
			}
		}
	}
	return form
}

// slugParam is one slug as MainWP takes it: a text is split on commas and white
// space, so that a slug with one of them has to be a list.
func slugParam(slug string) any {
	if strings.ContainsFunc(slug, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		return []string{slug}
	}
	return slug
}

func needSlug(slug string) error {
	if slug == "" {
		return sentence("Choose a plugin, theme or translation.")
	}
	return nil
}

// idList is a list of ids as one text, "1,2".
func idList(ids []int64) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(list, ",")
}
