//go:build 386 || arm || mips || mipsle

package nginxconf

import "fmt"

// parse refuses: the parser has constants that do not fit into 32 bits.
func (t *tree) parse(file string) (directives, error) {
	return nil, fmt.Errorf("%s: this build of velocitas, for a processor of 32 bits, does not read an nginx.conf", file)
}
