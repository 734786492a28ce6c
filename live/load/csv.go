package load

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/internal/output"
)

// The columns of a file of records. Times are seconds. A file with start_s for
// both instants is read as well.
const (
	columnIntended = "intended_s"
	columnSent     = "sent_s"
	columnLatency  = "latency_s"
	columnStatus   = "status"
	columnInstance = "instance"
	columnStart    = "start_s"
)

// WriteCSV writes records, a line for each.
func WriteCSV(w io.Writer, records []Record) error {
	out := csv.NewWriter(w)
	// Errors stay with the writer until Flush.
	_ = out.Write([]string{columnIntended, columnSent, columnLatency, columnStatus, columnInstance})
	for _, r := range records {
		_ = out.Write([]string{seconds(r.Intended), seconds(r.Sent), seconds(r.Latency), r.Status.String(), r.Instance})
	}
	out.Flush()
	return out.Error()
}

func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 9, 64)
}

// WriteFile writes records to a file that is either complete or not there;
// one whose name ends in .gz is compressed.
func WriteFile(path string, records []Record) error {
	err := output.Stream(path, func(w io.Writer) error {
		return writeTo(w, strings.HasSuffix(path, ".gz"), records)
	})
	if err != nil {
		return fmt.Errorf("records: %w", err)
	}
	return nil
}

func writeTo(w io.Writer, compress bool, records []Record) error {
	if !compress {
		return WriteCSV(w, records)
	}
	zip := gzip.NewWriter(w)
	return errors.Join(WriteCSV(zip, records), zip.Close())
}

// ReadFile reads a file of records, compressed if its name ends in .gz.
func ReadFile(path string) ([]Record, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("records: %w", err)
	}
	defer file.Close()
	var from io.Reader = bufio.NewReader(file)
	if strings.HasSuffix(path, ".gz") {
		if from, err = gzip.NewReader(from); err != nil {
			return nil, fmt.Errorf("records: %s: %w", path, err)
		}
	}
	records, err := ReadCSV(from)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return records, nil
}

// ReadCSV reads records. The error names the line and what would be right.
func ReadCSV(r io.Reader) ([]Record, error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("records: no header line: %w", err)
	}
	columns, err := findColumns(header)
	if err != nil {
		return nil, err
	}
	var records []Record
	for {
		fields, err := in.Read()
		if err == io.EOF {
			return records, nil
		}
		if err != nil {
			return nil, fmt.Errorf("records: %w", err)
		}
		rec, err := columns.parse(fields)
		if err != nil {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("records: line %d: %w", line, err)
		}
		records = append(records, rec)
	}
}

// columns are the places of the fields in a line.
type columns struct{ intended, sent, latency, status, instance int }

func findColumns(header []string) (columns, error) {
	at := make(map[string]int)
	for i, name := range header {
		if _, twice := at[name]; twice {
			return columns{}, fmt.Errorf("records: line 1: column %.40q appears twice", name)
		}
		at[name] = i
	}
	if start, ok := at[columnStart]; ok {
		at[columnIntended], at[columnSent] = start, start
	}
	for _, name := range []string{columnIntended, columnSent, columnLatency, columnStatus, columnInstance} {
		if _, ok := at[name]; !ok {
			return columns{}, fmt.Errorf("records: line 1: no column %s", name)
		}
	}
	return columns{at[columnIntended], at[columnSent], at[columnLatency], at[columnStatus], at[columnInstance]}, nil
}

func (c columns) parse(fields []string) (rec Record, err error) {
	if rec.Intended, err = parseSeconds(columnIntended, fields[c.intended]); err != nil {
		return rec, err
	}
	if rec.Sent, err = parseSeconds(columnSent, fields[c.sent]); err != nil {
		return rec, err
	}
	if rec.Latency, err = parseSeconds(columnLatency, fields[c.latency]); err != nil {
		return rec, err
	}
	if rec.Status, err = parseStatus(fields[c.status]); err != nil {
		return rec, err
	}
	rec.Instance = strings.Clone(fields[c.instance])
	return rec, nil
}

// longestS bounds times in files, so that none overflows: eleven days.
const longestS = 1e6

func parseSeconds(column, text string) (time.Duration, error) {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || !(s >= 0 && s <= longestS) {
		return 0, fmt.Errorf("%s %.40q: want seconds between 0 and %.0f", column, text, longestS)
	}
	return time.Duration(math.Round(s * 1e9)), nil
}
