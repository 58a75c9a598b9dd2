package server

// PanicHandler makes the handler "panic" known until the returned function is
// called.
func PanicHandler() (restore func()) {
	handlers["panic"] = func(Limits, *params) (Handler, error) { return panicking{}, nil }
	return func() { delete(handlers, "panic") }
}

type panicking struct{}

func (panicking) Serve(r *Reply, frame []byte) error {
	if string(frame) == "boom" {
		panic("boom")
	}
	return r.Frame(frame)
}
