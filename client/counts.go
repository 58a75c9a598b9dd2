package client

// read returns what is counted by now.
func (n *counters) read() Counts {
	return Counts{
		Messages: n.messages.Load(), Payload: n.payload.Load(), Wire: n.wire.Load(), Reads: n.reads.Load(), Writes: n.writes.Load(), VerifyErrors: n.verifyErrors.Load(),
		Sent: n.sent.Load(), Lost: n.lost.Load(), Reordered: n.reordered.Load(), Duplicated: n.duplicated.Load(), Late: n.late.Load(),
	}
}

func (c Counts) plus(d Counts) Counts {
	return Counts{
		Messages: c.Messages + d.Messages, Payload: c.Payload + d.Payload, Wire: c.Wire + d.Wire, Reads: c.Reads + d.Reads, Writes: c.Writes + d.Writes,
		VerifyErrors: c.VerifyErrors + d.VerifyErrors,
		Sent:         c.Sent + d.Sent, Lost: c.Lost + d.Lost, Reordered: c.Reordered + d.Reordered, Duplicated: c.Duplicated + d.Duplicated, Late: c.Late + d.Late,
	}
}

func (c Counts) minus(d Counts) Counts {
	return Counts{
		Messages: c.Messages - d.Messages, Payload: c.Payload - d.Payload, Wire: c.Wire - d.Wire, Reads: c.Reads - d.Reads, Writes: c.Writes - d.Writes,
		VerifyErrors: c.VerifyErrors - d.VerifyErrors,
		Sent:         c.Sent - d.Sent, Lost: c.Lost - d.Lost, Reordered: c.Reordered - d.Reordered, Duplicated: c.Duplicated - d.Duplicated, Late: c.Late - d.Late,
	}
}
