package mainwp

import "time"

// StepState is how a step of a diagnosis ended.
type StepState string

// The states of a Step.
const (
	StepOK       StepState = "ok"
	StepFailed   StepState = "failed"
	StepNotTried StepState = "not_tried" // an earlier step stands in the way, or there is nothing to try
	StepUnknown  StepState = "unknown"   // tried, without an answer that says it
	StepWarn     StepState = "warn"      // works, with something to know
)

// Step is one question of a diagnosis and its answer, in plain words for staff.
type Step struct {
	ID       string // address, tls, rest, permalinks, authorization, key, read, write, admin, versions, sites
	State    StepState
	Title    string
	Detail   string // what was found
	Fix      string // the exact next step, "" when none
	Code     string // lines to paste, e.g. into .htaccess
	Excerpt  string // text of a foreign answer, at most 200 runes
	Took     time.Duration
	Inferred bool // follows from another step's request
}

// Scopes of a key, in Report.KeyScope.
const (
	ScopeRead      = "read"
	ScopeReadWrite = "read_write"
	ScopeUnknown   = "unknown"
)

// Report is the result of Diagnose.
type Report struct {
	Steps          []Step // all of them, in the order of Step.ID
	Base           string // the cleaned address
	Capabilities   Capabilities
	Sites          int
	KeyScope       string // ScopeRead, ScopeReadWrite, ScopeUnknown
	QueryAuthWorks bool   // the key in the address of requests works; only tried with a credential of KindQuery
	SuggestQuery   bool   // the Authorization header is stripped: the person may agree to KindQuery
	SuggestURL     string // the address a redirect names, "" without one
	OK             bool   // the Dashboard can be read
	IndexPHP       bool   // Options.IndexPHP must be set
}
