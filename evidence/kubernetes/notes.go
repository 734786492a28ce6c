package kubernetes

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/k9mil/velocitas/evidence/nginxconf"
)

// Unmodelled are the notes of what a workload says, beside what its container that
// serves requests has, and the simulator does not model.
func (o *Objects) Unmodelled(w *Workload, s *Service) (notes []nginxconf.Note) {
	add := func(path, what, format string, args ...any) {
		notes = append(notes, nginxconf.Note{Place: w.At(path), Directive: what, Why: fmt.Sprintf(format, args...)})
	}
	main := w.main(s)
	for i, c := range w.pod.InitContainers {
		path := fmt.Sprintf("%s.initContainers[%d]", w.podPath, i)
		if c.RestartPolicy == "Always" {
			add(path, "initContainers", "%s runs beside the service in each pod%s", c.Name, sidecar)
		} else {
			add(path, "initContainers", "%s runs before a pod serves; how pods start is not modelled", c.Name)
		}
	}
	for i, c := range w.pod.Containers {
		path := fmt.Sprintf("%s.containers[%d]", w.podPath, i)
		if i != main {
			add(path, "containers", "%s runs beside %s in each pod%s", c.Name, w.pod.Containers[main].Name, sidecar)
			continue
		}
		if c.Resources.Requests.CPU != nil {
			add(path+".resources.requests.cpu", "requests", "the CPU request only says what share a pod gets where its node is full, which is not modelled")
		}
		probes(add, path, c)
	}
	for _, p := range []struct{ key, why string }{
		{w.podPath + ".affinity", placed}, {w.podPath + ".nodeSelector", placed}, {w.podPath + ".topologySpreadConstraints", placed},
	} {
		if w.Has(p.key) {
			add(p.key, lastOf(p.key), "%s", p.why)
		}
	}
	for _, key := range []string{"spec.strategy", "spec.updateStrategy"} {
		if w.Has(key) {
			add(key, lastOf(key), "a rollout, during which pods are missing or start, is not modelled")
		}
	}
	return notes
}

const (
	sidecar = "; what it takes of CPU and time is not modelled"
	placed  = "on which nodes pods run is not modelled: put them into host (count, cores)"
)

func lastOf(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' {
			return path[i+1:]
		}
	}
	return path
}

// probes notes what each probe does to a service under load.
func probes(add func(path, what, format string, args ...any), path string, c container) {
	or := func(v, otherwise int) int {
		if v == 0 {
			return otherwise
		}
		return v
	}
	within := func(p *probe) string {
		return fmt.Sprintf("%d times in a row, every %d s, within %d s", or(p.FailureThreshold, 3), or(p.PeriodSeconds, 10), or(p.TimeoutSeconds, 1))
	}
	if p := c.ReadinessProbe; p != nil {
		add(path+".readinessProbe", "readinessProbe", "a pod that does not answer %s gets no requests until it does; not modelled, so that an overloaded pod keeps its share", within(p))
	}
	if p := c.LivenessProbe; p != nil {
		add(path+".livenessProbe", "livenessProbe", "a pod that does not answer %s is killed and started again; not modelled, so that overload kills none", within(p))
	}
	if p := c.StartupProbe; p != nil {
		add(path+".startupProbe", "startupProbe", "how pods start is not modelled")
	}
	if p := c.ReadinessProbe; p != nil && p.InitialDelaySeconds > 0 {
		add(path+".readinessProbe.initialDelaySeconds", "initialDelaySeconds", "a new pod serves after %d s at the earliest; how pods start is not modelled", p.InitialDelaySeconds)
	}
}

// Placed are notes in the order of files and lines, each once.
func Placed(files []string, notes []nginxconf.Note) []nginxconf.Note {
	slices.SortStableFunc(notes, func(a, b nginxconf.Note) int {
		return cmp.Or(slices.Index(files, a.File)-slices.Index(files, b.File), a.Line-b.Line)
	})
	return slices.Compact(notes)
}
