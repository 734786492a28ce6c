package sim

import (
	"context"
	"runtime"
	"sync"
)

// parallel calls f for 0 … n-1, at most so many of them at once, and returns the
// first error by number. Each call writes only what is its own, so the result does not
// depend on who finished first. Goroutines exist here and nowhere else in this
// package.
func parallel(ctx context.Context, n, atOnce int, f func(i int) error) error {
	errs := make([]error, n)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(n, atOnce) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = f(i)
				}
			}
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// processors is how many can work at once.
func processors() int { return runtime.GOMAXPROCS(0) }
