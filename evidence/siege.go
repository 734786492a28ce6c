package evidence

import (
	"context"
	"strings"
)

var siegeFormat = Format{Name: "siege output", Unit: "s", StepNs: 1e7, Clock: NoClock, Corrected: fromSend, Failures: apart,
	Silent: []string{noInstances, "when requests came", "any quantile: it has mean and maximum, to 10 ms", "statuses"}}

func siegeReaders() []*reader {
	return []*reader{
		{format: &siegeFormat, recognises: contains('{', `"transactions"`, `"longest_transaction"`), sum: sumSiegeJSON},
		{format: &siegeFormat, recognises: contains(0, "Transactions:", "Longest transaction:"), sum: sumSiege},
	}
}

func sumSiegeJSON(ctx context.Context, s *Source, r *Result) error {
	var v struct {
		Transactions        int64
		ElapsedTime         float64 `json:"elapsed_time"`
		ResponseTime        float64 `json:"response_time"`
		FailedTransactions  int64   `json:"failed_transactions"`
		LongestTransaction  float64 `json:"longest_transaction"`
		TransactionRate     float64 `json:"transaction_rate"`
		ShortestTransaction float64 `json:"shortest_transaction"`
	}
	if err := decode(ctx, s, r, &v); err != nil {
		return err
	}
	return r.siege(s, v.Transactions, v.FailedTransactions, v.ElapsedTime, v.TransactionRate, v.ResponseTime, v.ShortestTransaction, v.LongestTransaction)
}

// siege takes what both of its forms have; transactions are without the failed.
func (r *Result) siege(s *Source, done, failed int64, elapsed, rate, mean, least, most float64) error {
	if done < 0 || failed < 0 || done > 1e15 || failed > 1e15 {
		done, failed = 0, 0
	}
	r.Requests, r.Failed, r.Latency.Count = done+failed, failed, done
	r.fail("as siege judges", failed)
	r.seconds(elapsed)
	r.ThroughputRps = max(0, rate)
	if done > 0 {
		r.Latency.set(toNs(mean, "s"), toNs(least, "s"), toNs(most, "s"))
	}
	return r.enough(s)
}

func sumSiege(ctx context.Context, s *Source, r *Result) error {
	list, err := texts(ctx, s)
	if err != nil {
		return err
	}
	at := map[string]float64{}
	for _, line := range list {
		if label, rest, ok := strings.Cut(line, ":"); ok {
			at[label] = max(0, firstNumber(strings.TrimSpace(rest)))
		}
	}
	return r.siege(s, int64(at["Transactions"]), int64(at["Failed transactions"]), at["Elapsed time"], at["Transaction rate"],
		at["Response time"], at["Shortest transaction"], at["Longest transaction"])
}
