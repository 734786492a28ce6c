package stack

type foreign struct{ *compose }
