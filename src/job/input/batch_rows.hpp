#pragma once

#include "job/input/body_fields.hpp"
#include "job/input/carried_columns.hpp"
#include "job/input/json_columns.hpp"
#include "job/input/row_maker.hpp"

namespace headway::job {

/// OpenAI Batch lines: {"custom_id", "method": "POST", "url", "body"}.
class BatchRows : public RowMaker {
 public:
  /// Throws Error (`configuration`) for settings that are for templates, and for bad ones.
  explicit BatchRows(const InputSettings& settings);

 protected:
  std::string fill(std::string_view text, Row& row) override;

 private:
  struct Slots : ColumnSlots {
    std::size_t custom_id = slot_of("custom_id");
    std::size_t method = slot_of("method");
    std::size_t url = slot_of("url");
    std::size_t body = slot_of("body");
  };

  std::string fill_body(Row& row);

  BodyFields fields_;
  Slots slots_;
  CarriedColumns carried_;
  JsonColumns columns_;
  simdjson::ondemand::parser parser_;
};

}  // namespace headway::job
