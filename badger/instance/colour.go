package instance

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// goldenAngle, in degrees, keeps any number of successive hues apart.
const goldenAngle = 137.508

// colour returns an instance's own colour, in CSS. The hue follows from the
// name; names that end in a number, as replicas' do, take turns around the
// wheel. Lightness is that of white text's background.
func colour(name string) string {
	stem := strings.TrimRight(name, "0123456789")
	hash := fnv.New32a()
	var turns float64
	if number, err := strconv.ParseUint(name[len(stem):], 10, 16); err == nil && stem != "" {
		hash.Write([]byte(stem))
		turns = float64(number) * goldenAngle
	} else {
		hash.Write([]byte(name))
	}
	hue := (int(hash.Sum32()%360) + int(turns)) % 360
	return fmt.Sprintf(onWhite+"%d)", hue)
}

// The lightness and chroma of white text's background, and those of text and
// bars on a dark one.
const (
	onWhite = "oklch(0.53 0.16 "
	onDark  = "oklch(0.78 0.13 "
)

// lighter is the same hue to be seen on a dark background.
func lighter(colour string) string { return onDark + strings.TrimPrefix(colour, onWhite) }
