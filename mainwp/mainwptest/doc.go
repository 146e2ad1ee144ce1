// Package mainwptest is a stateful fake of a MainWP Dashboard: an http.Handler that answers the REST API v2 as
// Dashboards 5.4.0.23, 6.0.1 and 6.1.2 do on WordPress 6.8 and 6.9, with the same odd types, limits and errors
// (MainWP REST API notes §2 to §9). A test holds the shapes of its answers against recorded ones.
//
// A Dashboard keeps two states for each site: the row it shows and the child, the site as it really is. A change of
// the child (ApplyUpdate, SetDown, ReleaseUpdate, Evolve) reaches the row with the next Sync, as in MainWP. The whole
// fleet is made from Config.Seed, so equal configurations give equal Dashboards as far as their clocks agree.
//
// Writes do what MainWP does with the child and show in a row only when MainWP would show them. OnUpdate and OnWrite
// script single ones: work that takes time and goes on after the client has gone, cut connections, a proxy's 504, items
// that fail, roll back or "succeed" without changing. Stop and Start, SetKey, SetDown and Faults break larger things.
// Writes is the log of all of it.
//
// Not simulated, and answered as an unknown route: users, posts, pages, settings, security, the batch routes and API v1.
package mainwptest
