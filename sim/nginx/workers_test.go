package nginx

import (
	"slices"
	"testing"
)

// TestWaitListIdle: under light load all workers are idle at each connection.
// The first accepts go round once; from then on each worker takes 16 in a row.
func TestWaitListIdle(t *testing.T) {
	l := NewWaitList(3)
	var got []int
	for range 3 + 2*48 {
		w, ok := l.First([]bool{false, false, false})
		if !ok {
			t.Fatal("no idle worker")
		}
		l.Accepted(w)
		got = append(got, w)
	}
	want := []int{0, 1, 2}
	for range 2 {
		for w := range 3 {
			want = append(want, slices.Repeat([]int{w}, 16)...)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWaitListBusy(t *testing.T) {
	l := NewWaitList(3)
	if w, ok := l.First([]bool{true, false, false}); !ok || w != 1 {
		t.Errorf("got %d, %v; want the first idle worker, 1", w, ok)
	}
	l.Accepted(1) // its 1st accept: it goes to the end
	if w, _ := l.First([]bool{true, false, false}); w != 2 {
		t.Errorf("got %d, want 2", w)
	}
	if _, ok := l.First([]bool{true, true, true}); ok {
		t.Error("a busy worker was woken")
	}
}
