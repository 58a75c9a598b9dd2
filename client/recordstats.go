package client

import "github.com/loadframe/loadframe/internal/record"

// Record is a record that has arrived: from Peer, when it Arrived, and of its
// fields Time and Data, and Run, Seq and Sent of a sender that numbers its
// records. It is what a server's record handler has, too.
type Record = record.Arrival

// maxRuns is how many runs are followed at a time: anybody can invent them.
const maxRuns = 1024

// RecordStats finds out what became of records on their way. The zero value is
// ready; one goroutine at a time may use it.
type RecordStats struct {
	records, numbered, unfollowed int64
	undated                       int64
	runs                          map[string]*recordSequence
	delays                        Delays
}

// RecordSummary is what RecordStats found out.
type RecordSummary struct {
	Records    int64
	Numbered   int64 // records whose sender numbers them: the next four tell of these alone
	Runs       int64 // senders of numbered records
	Lost       int64 // between the first and the highest number of a run
	Duplicated int64
	Reordered  int64 // came after a higher number
	Outdated   int64 // came so much later that they may be late or repeated; they count as lost
	Unfollowed int64 // numbered, of more runs than are followed at a time
	Undated    int64 // records without a time that can be read
	Delay      DelaySummary
}

// Take counts a record.
func (s *RecordStats) Take(r Record) {
	s.records++
	if sent, err := r.SentAt(); err != nil {
		s.undated++
	} else {
		// Wall clocks: the monotonic reading of Arrived means nothing to the sender.
		s.delays.Record(r.Arrived.Round(0).Sub(sent))
	}
	if r.Run == "" {
		return
	}
	s.numbered++
	q := s.runs[r.Run]
	switch {
	case q != nil:
		q.take(r.Seq)
	case len(s.runs) == maxRuns:
		s.unfollowed++
	default:
		if s.runs == nil {
			s.runs = map[string]*recordSequence{}
		}
		s.runs[r.Run] = newRecordSequence(r.Seq)
	}
}

// Summary returns what is known so far.
func (s *RecordStats) Summary() RecordSummary {
	sum := RecordSummary{
		Records: s.records, Numbered: s.numbered, Runs: int64(len(s.runs)), Unfollowed: s.unfollowed,
		Undated: s.undated, Delay: s.delays.Summary(),
	}
	for _, q := range s.runs {
		sum.Lost += q.lost()
		r := q.Receipt()
		sum.Duplicated += int64(r.Duplicated)
		sum.Reordered += int64(r.Reordered)
		sum.Outdated += int64(r.Late) + q.outdated
	}
	return sum
}
