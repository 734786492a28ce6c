package nginx_test

import (
	"fmt"

	"github.com/k9mil/velocitas/sim/nginx"
)

// Weights 5, 1 and 1: the heavy peer's requests are spread out.
func ExampleProxy() {
	a, b, c := nginx.DefaultPeer("a"), nginx.DefaultPeer("b"), nginx.DefaultPeer("c")
	a.Weight = 5
	proxy, err := nginx.New(nginx.Config{Peers: []nginx.Peer{a, b, c}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var try nginx.Try
	client, _ := proxy.AcceptClient(0, 0, 0)
	for now := range int64(7) {
		proxy.Begin(&try, 0, client, nginx.Request{}, now)
		peer, _ := proxy.Pick(&try, now)
		fmt.Print("abc"[peer:peer+1], " ")
		proxy.Release(&try, 200, now)
		proxy.IdleClient(0, client)
	}
	// Output: a a b a c a a
}

// A refused connection goes to the next peer, and the peer that refused is left
// out for more than 10 seconds.
func ExampleProxy_Release() {
	proxy, _ := nginx.New(nginx.Config{Peers: []nginx.Peer{nginx.DefaultPeer("a"), nginx.DefaultPeer("b")}}, nil)
	client, _ := proxy.AcceptClient(0, 0, 0)
	var try nginx.Try
	proxy.Begin(&try, 0, client, nginx.Request{}, 0)
	peer, _ := proxy.Pick(&try, 0)
	next := proxy.Release(&try, nginx.Refused, 0)
	fmt.Println(peer, next.Retry, next.Ejected)
	peer, _ = proxy.Pick(&try, 0)
	next = proxy.Release(&try, 200, 0)
	fmt.Println(peer, next.Retry, next.Status)
	// Output:
	// 0 true true
	// 1 false 200
}
