package mainwp

import (
	"bytes"
	"errors"
)

// The scanner finds where JSON values begin and end without decoding them: a
// page of sites is megabytes, and most of its rows are the ones already known.
// It checks nesting, not grammar; encoding/json has the last word on a row.

var (
	errTruncated = errors.New("the answer ends in the middle")
	errMalformed = errors.New("the answer is not valid JSON")
)

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipString returns the end of the string whose opening quote is b[i].
func skipString(b []byte, i int) (int, error) {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1, nil
		}
	}
	return 0, errTruncated
}

// skipValue returns the end of the value that starts at b[i].
func skipValue(b []byte, i int) (int, error) {
	if i >= len(b) {
		return 0, errTruncated
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	end := i
	for end < len(b) && bytes.IndexByte([]byte(" \n\r\t,:{}[]\""), b[end]) < 0 {
		end++
	}
	if end == i {
		return 0, errMalformed
	}
	return end, nil
}

func skipNested(b []byte, i int) (int, error) {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			end, err := skipString(b, i)
			if err != nil {
				return 0, err
			}
			i = end
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, nil
			}
		}
		i++
	}
	return 0, errTruncated
}

// eachMember calls member with every key (as written, without quotes) of the
// object b and the position of its value. member returns where the value ends,
// and false to stop. The result is the end of the object, when it got there.
func eachMember(b []byte, member func(key []byte, at int) (end int, more bool, err error)) (int, error) {
	return eachElement(b, '{', '}', func(i int) (int, bool, error) {
		if i >= len(b) {
			return 0, false, errTruncated
		}
		if b[i] != '"' {
			return 0, false, errMalformed
		}
		end, err := skipString(b, i)
		if err != nil {
			return 0, false, err
		}
		key := b[i+1 : end-1]
		if i = skipSpace(b, end); i >= len(b) {
			return 0, false, errTruncated
		} else if b[i] != ':' {
			return 0, false, errMalformed
		}
		return member(key, skipSpace(b, i+1))
	})
}

// eachField calls fn with every key and value of the object b, until fn returns false.
func eachField(b []byte, fn func(key, value []byte) bool) (int, error) {
	return eachMember(b, func(key []byte, at int) (int, bool, error) {
		end, err := skipValue(b, at)
		if err != nil {
			return 0, false, err
		}
		return end, fn(key, b[at:end]), nil
	})
}

// eachItem calls fn with every element of the list b, until fn returns false.
func eachItem(b []byte, fn func(value []byte) bool) (int, error) {
	return eachElement(b, '[', ']', func(i int) (int, bool, error) {
		end, err := skipValue(b, i)
		if err != nil {
			return 0, false, err
		}
		return end, fn(b[i:end]), nil
	})
}

// eachElement walks what stands between the brackets, element by element.
func eachElement(b []byte, open, closing byte, element func(i int) (end int, more bool, err error)) (int, error) {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != open {
		return 0, errMalformed
	}
	if i = skipSpace(b, i+1); i < len(b) && b[i] == closing {
		return i + 1, nil
	}
	for {
		end, more, err := element(i)
		if err != nil || !more {
			return end, err
		}
		i = skipSpace(b, end)
		switch {
		case i >= len(b):
			return 0, errTruncated
		case b[i] == closing:
			return i + 1, nil
		case b[i] != ',':
			return 0, errMalformed
		}
		i = skipSpace(b, i+1)
	}
}

// jsonStart finds where the JSON of an answer begins: behind a byte order mark
// and behind PHP notices that a Dashboard printed before it (API §1.3). It
// returns -1 for an HTML page or any other text.
func jsonStart(b []byte) int {
	i := skipSpace(b, 0)
	if bytes.HasPrefix(b[i:], []byte("\xef\xbb\xbf")) {
		i = skipSpace(b, i+3)
	}
	if i >= len(b) || b[i] == '{' || b[i] == '[' {
		if i >= len(b) {
			return -1
		}
		return i
	}
	if looksLikePage(b[i:]) {
		return -1
	}
	head := b[:min(len(b), 64<<10)]
	for scans := 0; scans < 8; i++ {
		next := bytes.IndexAny(head[i:], "{[")
		if next < 0 {
			return -1
		}
		i += next
		if !beginsData(b, i) {
			continue
		}
		if lastValue(b, i) {
			return i
		}
		scans++
	}
	return -1
}

func looksLikePage(b []byte) bool {
	head := bytes.ToLower(b[:min(len(b), 512)])
	for _, mark := range []string{"<!doctype", "<html", "<head", "<body", "<?xml"} {
		if bytes.Contains(head, []byte(mark)) {
			return true
		}
	}
	return false
}

// beginsData reports whether the bracket at b[i] could open an answer: an object,
// or a list that is empty or holds objects.
func beginsData(b []byte, i int) bool {
	first := skipSpace(b, i+1)
	return first < len(b) && bytes.IndexByte([]byte(`"{}]`), b[first]) >= 0
}

// lastValue reports whether a whole value starts at b[i] and nothing but space
// or a trailing notice follows it.
func lastValue(b []byte, i int) bool {
	end, err := skipNested(b, i)
	if err != nil {
		return false
	}
	rest := skipSpace(b, end)
	return rest == len(b) || b[rest] == '<'
}
