package mainwp

import "context"

// envelope is what stands around the data of an answer (API §2.3).
type envelope struct {
	data    []byte // nil when absent; aliases the body
	count   []byte
	success flexInt
	message string // as sent: HTML, translated

	jobID   string // of work that was only accepted (API §17)
	foundID flexInt
	batch   bool // an answer of the routes that start work in the background
}

// openEnvelope reads the envelope of body. success:0 is an Error of KindRefused,
// anything but an object one of KindShape.
func openEnvelope(body []byte) (envelope, error) {
	e, err := readEnvelope(body)
	if err != nil {
		return e, err
	}
	return e, e.refused()
}

// readEnvelope is openEnvelope for the calls where success:0 has a meaning.
func readEnvelope(body []byte) (envelope, error) {
	var e envelope
	if len(body) == 0 || body[0] != '{' {
		return e, shapeError("a bare list instead of an answer with data")
	}
	_, err := eachField(body, func(key, value []byte) bool {
		e.field(string(key), value)
		return true
	})
	return e, err
}

func (e *envelope) field(key string, value []byte) {
	switch key {
	case "data":
		e.data = value
	case "count":
		e.count = value
	case "success":
		_ = e.success.UnmarshalJSON(value)
	case "error", "message":
		if text := scalar(value); text != "" {
			e.message = text
		}
	case "job_id":
		e.jobID = scalar(value)
	case "found_id":
		_ = e.foundID.UnmarshalJSON(value)
	case "last_time_start_batch_updates":
		e.batch = true
	}
}

func (e *envelope) refused() error {
	if e.success.set && e.success.n == 0 {
		return &Error{Kind: KindRefused, Message: e.message}
	}
	return nil
}

// hasData reports whether data is an object or a list.
func (e *envelope) hasData() bool {
	return len(e.data) > 0 && (e.data[0] == '{' || e.data[0] == '[')
}

// readData calls r and hands the raw data of its answer to use. Data that is
// neither object nor list is an Error of KindShape.
func (c *Client) readData(ctx context.Context, r request, use func(data []byte) error) error {
	return c.call(ctx, r, func(body []byte) error {
		e, err := openEnvelope(body)
		if err != nil {
			return err
		}
		if !e.hasData() {
			return shapeError("the answer has no data")
		}
		return use(e.data)
	})
}

// readRows calls r and decodes every row of its data, list or map, in the order sent.
func readRows[T any](ctx context.Context, c *Client, r request, add func(row T)) error {
	return c.readData(ctx, r, func(data []byte) error {
		if err := decodeEach(data, func(_ string, row T) { add(row) }); err != nil {
			return shapeError("a row cannot be read")
		}
		return nil
	})
}
