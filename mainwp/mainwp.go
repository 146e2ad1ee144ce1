// Package mainwp is a client for the REST API v2 of MainWP Dashboards, versions
// 5.2 to 6.1 on any WordPress. It is pure HTTP and JSON: it reads the Dashboard,
// turns the many shapes of its answers into plain Go values, and says what went
// wrong in one kind of Error.
//
// Facts in the comments come from answers recorded from real Dashboards (see
// testdata) and from the MainWP REST API notes, cited by paragraph as "API §4.2".
package mainwp
