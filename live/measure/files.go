package measure

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/model"
)

// BlocksSchema names the format of the file of blocks.
const BlocksSchema = "velocitas.blocks/1"

// blocksFile is that file.
type blocksFile struct {
	Schema string   `json:"schema"`
	Blocks []*Block `json:"blocks"`
}

// WriteRecords writes the requests of every block to a compressed file of its
// own in the folder, which it makes, and what else is known of the blocks to
// blocks.json beside them.
func (r *Result) WriteRecords(folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("records: %w", err)
	}
	for _, b := range r.Blocks {
		if b.Run == nil {
			continue
		}
		if err := load.WriteFile(filepath.Join(folder, b.FileName()), b.Run.Records); err != nil {
			return err
		}
	}
	text, err := model.Encode(blocksFile{BlocksSchema, r.Blocks})
	if err != nil {
		return err
	}
	return output.Write(output.File{Path: filepath.Join(folder, "blocks.json"), Data: text})
}

// FileName is that of the block's records.
func (b *Block) FileName() string {
	return fmt.Sprintf("round%02d-n%d.csv.gz", b.Round, b.Instances)
}
