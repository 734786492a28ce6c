// Package plots answers: what does a curve look like? It takes curves
// (package model), predicted and measured alike, and writes charts for people's
// reports, as PNG and, when asked, as SVG.
//
// It draws and never computes: every number in a chart is a field of the curve,
// intervals included. The one line that is nobody's measurement is the ideal,
// instances × the throughput per instance of the smallest size.
//
// # Units
//
// Curves carry their units in their field names (requests per second,
// milliseconds, shares 0 to 1). In the code of this package lengths on paper
// are points (1/72 inch); a PNG has two pixels a point.
//
// # What is deterministic
//
// The same curve gives the same bytes, for any GOMAXPROCS, on amd64 and arm64,
// from the same version of Go and of the modules. For that, nothing rounds
// differently on the way to the file: fonts are embedded, text is drawn from
// its outlines, lines are dashed here, and every coordinate is put on a grid
// before the rasteriser, which counts in integers, sees it (see pen).
//
// # Where to start
//
// Write draws all charts of one curve, Overlay lays several over each other,
// Fit draws points with the laws fitted to them. Each chart is a figure, made
// of panels, made of series; figure.go lays them out.
package plots
