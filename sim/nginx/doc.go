// Package nginx decides what nginx would decide: which instance gets a request,
// whether a failed attempt goes to another instance, and which status the client
// sees.
//
// It models one nginx with one or more worker processes that passes requests to
// one upstream. The caller, a discrete-event simulation, owns time, timers and
// the instances; a [Proxy] owns the state of the balancer, the failure records,
// the connection slots and the cached connections. One request goes through
//
//	client, ok := proxy.AcceptClient(worker, id, now) // once a connection
//	proxy.Begin(&try, worker, client, request, now)
//	peer, picked := proxy.Pick(&try, now)             // connect, or 500, or 502
//	next := proxy.Release(&try, outcome, now)         // Pick again, or a status
//	proxy.IdleClient(worker, client)
//
// # Assumptions
//
// The rules are those of nginx 1.22.1, which do not differ up to 1.31.4 for a
// static set of peers. They were checked against recordings of the real nginx
// (testdata/nginx/vectors), request by request. Left out: TLS, HTTP/2, caching,
// slow_start, sticky, least_time, errors after the response header was passed on.
// Every peer is taken to have an address of its own: two lines for one address
// would share cached connections in nginx and do not here.
//
// A reload in nginx starts workers with fresh state and lets the old ones finish
// what they have begun. Here that is a new Proxy; requests that have begun stay
// with the old one.
//
// # Units
//
// Times are virtual nanoseconds since the start of the simulation, never
// decreasing. Failures use nginx's clock of whole seconds, see
// [Config.StartFracNs].
//
// # Determinism
//
// The same calls give the same answers, on every machine. Only the policies
// Random, RandomTwo and Resolve draw random numbers, from the [Source] of the
// caller. Nothing allocates once the first requests have passed. A Proxy is not
// safe for concurrent use.
//
// Start reading at [Proxy.Pick].
package nginx
