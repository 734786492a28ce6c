package instance

import (
	"fmt"

	"github.com/gofiber/fiber/v2"
)

// limit refuses a request when MaxInFlight are in flight.
func (inst *Instance) limit(c *fiber.Ctx) error {
	defer inst.inFlight.Add(-1)
	if inst.inFlight.Add(1) <= int64(inst.cfg.MaxInFlight) {
		return c.Next()
	}
	c.Set(fiber.HeaderRetryAfter, "1")
	return fiber.NewError(fiber.StatusServiceUnavailable,
		fmt.Sprintf("instance %s has %d requests in flight and takes no more", inst.cfg.Name, inst.cfg.MaxInFlight))
}
