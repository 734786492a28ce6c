// Package nginxconf reads what an nginx.conf says of a load balancer: the
// upstream group and its servers, how requests are spread and passed on, workers,
// connections and time-outs. It follows includes, knows nginx's defaults, and lists
// every directive that the simulator does not model, with its file and line.
//
// The parser is nginx's makers' own (nginx-go-crossplane); the rules by which
// directives are inherited and what they mean are those of nginx's documentation.
package nginxconf
