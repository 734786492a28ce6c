package scenarios

import (
	"strings"
	"testing"
)

// Files whose names differ only in letters that are not kept give scenarios
// that do not overwrite each other's reports.
func TestNamesStayApart(t *testing.T) {
	seen := map[string]string{}
	for _, file := range []string{"ü", "ö", "scenario", "größe", "grösse", "a-ü", "a-ö", "日本", "中国", strings.Repeat("é", 200), "shop"} {
		name := nameOf(file)
		if other, ok := seen[name]; ok {
			t.Errorf("%s and %s are both %s", file, other, name)
		}
		if fileName(name) != name {
			t.Errorf("%s is no name", name)
		}
		seen[name] = file
	}
	if nameOf("my shop") != "my-shop" {
		t.Errorf("my shop is %s", nameOf("my shop"))
	}
}
