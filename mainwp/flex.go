package mainwp

import (
	"bytes"
	"encoding/json"
	"html"
	"math"
	"strconv"
	"strings"
	"time"
)

// The tolerant types below take every shape that MainWP gives a value in (API
// §2.4) and fail on none: a value that cannot be read is the zero value.

// flexInt reads 12, "12", "12.0", true; "", null and anything else are 0 and not set.
type flexInt struct {
	n   int64
	set bool
}

func (v *flexInt) UnmarshalJSON(b []byte) error {
	*v = flexInt{}
	switch text := scalar(b); text {
	case "true":
		*v = flexInt{1, true}
	case "false":
		*v = flexInt{0, true}
	default:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			*v = flexInt{n, true}
		} else if f, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(f) < 1<<62 {
			*v = flexInt{int64(f), true}
		}
	}
	return nil
}

// ptr is nil when no number was sent.
func (v flexInt) ptr() *int {
	if !v.set {
		return nil
	}
	n := int(v.n)
	return &n
}

// flexFloat reads 98.4 and "98.4"; anything else is not set.
type flexFloat struct {
	f   float64
	set bool
}

func (v *flexFloat) UnmarshalJSON(b []byte) error {
	*v = flexFloat{}
	if f, err := strconv.ParseFloat(scalar(b), 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		*v = flexFloat{f, true}
	}
	return nil
}

func (v flexFloat) ptr() *float64 {
	if !v.set {
		return nil
	}
	return &v.f
}

// flexBool reads true, 1, "1", "T", "yes" as true and everything else as false.
type flexBool bool

func (v *flexBool) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(scalar(b)) {
	case "", "0", "false", "f", "no", "null":
		*v = false
	default:
		*v = true
	}
	return nil
}

// flexStr reads a string or number as text; null, objects and lists are "", and
// so is false, which PHP has for a text that is missing.
type flexStr string

func (v *flexStr) UnmarshalJSON(b []byte) error {
	if *v = flexStr(scalar(b)); len(b) == 5 && string(b) == "false" {
		*v = ""
	}
	return nil
}

// scalar is the text of a JSON string, number or bool; "" for null, objects and lists.
func scalar(b []byte) string {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return ""
	}
	switch b[0] {
	case '"':
		if inner := b[1 : len(b)-1]; len(b) > 1 && bytes.IndexByte(inner, '\\') < 0 && isASCII(inner) {
			return string(inner)
		}
		var s string
		if json.Unmarshal(b, &s) != nil {
			return ""
		}
		return s
	case '{', '[', 'n':
		return ""
	}
	return string(b)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 || c < 0x20 {
			return false
		}
	}
	return true
}

// embedded returns the JSON in a field that holds JSON as text, or as itself:
// nil for "", null, false and text that begins no JSON object or list.
func embedded(raw []byte) []byte {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '"' {
		raw = []byte(strings.TrimSpace(scalar(raw)))
		if bytes.HasPrefix(raw, []byte(`{&quot;`)) || bytes.HasPrefix(raw, []byte(`[&quot;`)) {
			raw = []byte(html.UnescapeString(string(raw)))
		}
	}
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' {
		return nil
	}
	return raw
}

// entry is one member of a map, in the order it was sent.
type entry struct {
	key   string
	value []byte
}

// entries are the members of an object. A PHP array with gaps is an object and
// one without is a list, so a list gives its elements with their index as key.
func entries(b []byte) ([]entry, error) {
	var list []entry
	var end int
	var err error
	if bytes.HasPrefix(b, []byte("[")) {
		end, err = eachItem(b, func(value []byte) bool {
			list = append(list, entry{strconv.Itoa(len(list)), value})
			return true
		})
	} else {
		end, err = eachField(b, func(key, value []byte) bool {
			list = append(list, entry{keyText(key), value})
			return true
		})
	}
	if err == nil && skipSpace(b, end) != len(b) {
		err = errMalformed
	}
	return list, err
}

// keyText resolves the escapes in a key.
func keyText(key []byte) string {
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key)
	}
	return scalar(append(append([]byte{'"'}, key...), '"'))
}

// decodeEach decodes every member of a map or list of objects, in the order
// sent. Members that are no object are left out; one that is broken spoils all,
// because half a list reads as if the rest were gone.
func decodeEach[T any](b []byte, set func(key string, v T)) error {
	list, err := entries(b)
	if err != nil {
		return err
	}
	for _, e := range list {
		if len(e.value) == 0 || e.value[0] != '{' {
			continue
		}
		var v T
		if err := json.Unmarshal(e.value, &v); err != nil {
			return err
		}
		set(e.key, v)
	}
	return nil
}

// ids reads a list of ids as MainWP writes them: [1,2], "[1,2]", "1,2", "".
func ids(raw []byte) []int64 {
	if inner := embedded(raw); inner != nil {
		var list []flexInt
		if json.Unmarshal(inner, &list) != nil {
			return nil
		}
		var out []int64
		for _, v := range list {
			if v.set {
				out = append(out, v.n)
			}
		}
		return out
	}
	var out []int64
	for _, part := range strings.Split(scalar(raw), ",") {
		if n, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// texts reads a list of texts; anything else is none.
func texts(raw []byte) []string {
	list, err := entries(embedded(raw))
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range list {
		out = append(out, scalar(e.value))
	}
	return out
}

// parseTime reads the ways MainWP writes a moment, all of them UTC: ISO with and
// without Z or T, a date, unix seconds. Zero for "", "0", 1970 and what is none.
func parseTime(s string) time.Time {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return unixTime(n)
	}
	for _, layout := range []string{"2006-01-02T15:04:05", time.DateTime, time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return unixTime(t.Unix())
		}
	}
	return time.Time{}
}

// unixTime is zero for 0, for the negative numbers MainWP sends for "none", and
// for what is no date of this era.
func unixTime(sec int64) time.Time {
	if sec <= 0 || sec > 1<<40 {
		return time.Time{}
	}
	return time.Unix(sec, 0).UTC()
}
