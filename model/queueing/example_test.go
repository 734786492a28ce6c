package queueing_test

import (
	"fmt"

	"github.com/k9mil/velocitas/model/queueing"
)

// Four instances that do 100 requests/s each get 320 requests/s together.
func ExampleRoundRobin() {
	m := queueing.RoundRobin(4, 80, 100)
	fmt.Printf("mean %.1f ms, p99 %.1f ms\n", 1000*m.ResponseMeanS(), 1000*m.ResponseQuantileS(0.99))
	// Output: mean 32.7 ms, p99 150.5 ms
}

// A request of 60 ms of CPU under half a core takes between 60 and 110 ms.
func ExampleQuota() {
	q := queueing.Quota{Quota: 50, Period: 100, Threads: 1}
	fmt.Println(q.Response(60, 0, 0), q.Response(60, 50, 0), q.MeanResponse(60))
	// Output: 110 60 77.5
}
