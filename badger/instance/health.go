package instance

import (
	"runtime"

	"github.com/gofiber/fiber/v2"
)

// A Health is the answer of GET /healthz.
type Health struct {
	// Status is "ready" (with 200) or "stopping" (with 503).
	Status     string `json:"status"`
	Instance   string `json:"instance"`
	Version    string `json:"version"`
	Go         string `json:"go"`
	GOMAXPROCS int    `json:"gomaxprocs"`
	// CPULimitCores is the limit found in the cgroup, nil for none.
	CPULimitCores *float64 `json:"cpu_limit_cores"`
	// CPULimitFrom is the file that says so, or why none was found.
	CPULimitFrom string `json:"cpu_limit_from"`
	InFlight     int64  `json:"in_flight"`
}

func (inst *Instance) health(c *fiber.Ctx) error {
	h := Health{
		Status:       "ready",
		Instance:     inst.cfg.Name,
		Version:      inst.cfg.Version,
		Go:           runtime.Version(),
		GOMAXPROCS:   runtime.GOMAXPROCS(0),
		CPULimitFrom: "no cgroup limits the CPU",
		InFlight:     inst.inFlight.Load(),
	}
	if limit, file, ok := findCgroup(inst.root).cpuLimit(); ok {
		h.CPULimitCores, h.CPULimitFrom = &limit, file
	}
	if inst.stopping.Load() {
		h.Status = "stopping"
		c.Status(fiber.StatusServiceUnavailable)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(h)
}
