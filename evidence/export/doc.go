// Package export writes curves and simulated requests in the formats of other
// tools, so that these read a prediction as they read a measurement.
//
// Of a curve there are OpenMetrics ([Curve]) and HdrHistogram's percentiles
// ([Percentiles]); of requests an access log of nginx, vegeta's JSON and
// HdrHistogram's percentiles ([NewWriter]). The same input gives the same bytes:
// simulated time begins at [Epoch].
package export
