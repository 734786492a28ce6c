package cmd

import (
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/sim"
)

// addMemory adds the flag that bounds the memory of a command that simulates.
func addMemory(c *cobra.Command) {
	c.Flags().String("memory", "", `memory that may be taken, such as "4GB"; by default 2GB, or half of what there is if that is less`)
}

// memory is how many bytes a command may take. The collector of garbage works
// the harder the closer the program comes to it.
func memory(c *cobra.Command) (int64, error) {
	bytes := min(sim.DefaultMemory, machineMemory()/2)
	if f := c.Flags().Lookup("memory"); f.Changed {
		var err error
		if bytes, err = parseMemory(f.Value.String()); err != nil {
			return 0, err
		}
	}
	debug.SetMemoryLimit(bytes)
	return bytes, nil
}

var memoryText = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([kKMGT]?)(i?)B?$`)

// Bounds of what may be asked for, bytes.
const (
	memoryLeast = 64e6
	memoryMost  = 1e15
)

// parseMemory reads a number of bytes with its unit.
func parseMemory(text string) (int64, error) {
	wrong := usage(`--memory: wants 64MB to 1000TB, such as "4GB", not %s`, strict.Quote(text))
	part := memoryText.FindStringSubmatch(text)
	if part == nil {
		return 0, wrong
	}
	v, err := strconv.ParseFloat(part[1], 64)
	if err != nil {
		return 0, wrong
	}
	base := 1000.0
	if part[3] != "" {
		base = 1024
	}
	for range len(part[2]) * (1 + strings.Index("KMGT", strings.ToUpper(part[2]))) {
		v *= base
	}
	if !(v >= memoryLeast && v <= memoryMost) {
		return 0, wrong
	}
	return int64(v), nil
}

// machineMemory is how much memory there is for this process, where that is
// known: the machine's, or what its control group may take.
func machineMemory() int64 {
	most := int64(memoryMost)
	for file, unit := range map[string]int64{
		"/proc/meminfo":                               1024, // MemTotal: N kB
		"/sys/fs/cgroup/memory.max":                   1,
		"/sys/fs/cgroup/memory/memory.limit_in_bytes": 1,
	} {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		line, _, _ := strings.Cut(string(data), "\n")
		words := strings.Fields(strings.TrimPrefix(line, "MemTotal:"))
		if len(words) == 0 {
			continue
		}
		if n, err := strconv.ParseInt(words[0], 10, 64); err == nil && n > 0 && n <= memoryMost/unit {
			most = min(most, n*unit)
		}
	}
	return max(most, 2*memoryLeast)
}
