package mainwptest

// Personality says which Dashboard is imitated: its MainWP version and whether its own WordPress is 6.9 or newer,
// which turns eleven routes of MainWP 6 into other ones (MainWP REST API notes §3).
type Personality struct {
	MainWP      string // "6.1.2", "6.0.1" or "5.4.0.23"
	WordPress69 bool
}

// The Dashboards that were recorded. V54 is 5.4.0.23 on WordPress 6.8; on 6.9 it answers the same.
var (
	V61WP68  = Personality{MainWP: "6.1.2"}
	V61WP69  = Personality{MainWP: "6.1.2", WordPress69: true}
	V601WP68 = Personality{MainWP: "6.0.1"}
	V601WP69 = Personality{MainWP: "6.0.1", WordPress69: true}
	V54      = Personality{MainWP: "5.4.0.23"}
)

func (p Personality) atLeast(version string) bool { return !older(p.MainWP, version) }

// six says whether the routes of 6.0 are there: monitors, keys.
func (p Personality) six() bool { return p.atLeast("6.0") }

// abilities says whether routes take the abilities-first path.
func (p Personality) abilities() bool { return p.WordPress69 && p.six() }

// brokenAbilities: 6.0 and 6.0.1 give the abilities wrong input (notes on versions, facts 8 and 9).
func (p Personality) brokenAbilities() bool { return p.abilities() && !p.atLeast("6.0.2") }

// keepsEnvelope: _fields cuts the rows of a list, not its envelope.
func (p Personality) keepsEnvelope() bool { return p.atLeast("6.0.12") }

func (p Personality) customFields() bool { return p.atLeast("6.0.11") }

// leaksCredentials: rows carry http_user, http_pass and uniqueId.
func (p Personality) leaksCredentials() bool { return !p.atLeast("6.1") }

// editIgnored: sites/{id}/edit answers success and changes nothing (5.4.1 to 6.0.1).
func (p Personality) editIgnored() bool { return p.atLeast("5.4.1") && !p.atLeast("6.0.2") }
