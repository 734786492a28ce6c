package cmd

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// stages shows on w, if that is a terminal, what is being done and how much of
// it is, and wipes it when finish is called. All three can always be called.
func stages(w io.Writer, quiet bool) (stage func(what string), show func(done, all int), finish func()) {
	f, ok := fileOf(w)
	if quiet || !ok || !term.IsTerminal(int(f.Fd())) {
		return func(string) {}, func(int, int) {}, func() {}
	}
	var bar *progressbar.ProgressBar
	begin := func(what string, all int) {
		if bar != nil {
			_ = bar.Clear()
		}
		bar = progressbar.NewOptions(all,
			progressbar.OptionSetWriter(f),
			progressbar.OptionSetDescription(what),
			progressbar.OptionSetPredictTime(all > 0),
			progressbar.OptionFullWidth(),
			progressbar.OptionThrottle(100*time.Millisecond),
			// Without this a bar of unknown length draws from a goroutine that
			// goes on when it is cleared.
			progressbar.OptionSetSpinnerChangeInterval(0),
			progressbar.OptionClearOnFinish(),
		)
		_ = bar.RenderBlank() // a bar that cannot be drawn is no reason to stop
	}
	current := ""
	stage = func(what string) {
		current = what
		begin(what, -1)
	}
	show = func(done, all int) {
		if bar == nil || bar.GetMax() != all {
			begin(current, all)
		}
		_ = bar.Set(done)
	}
	return stage, show, func() {
		if bar != nil {
			_ = bar.Clear()
		}
	}
}
