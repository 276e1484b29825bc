#pragma once

#include <optional>
#include <string>

#include "job/input/body_fields.hpp"
#include "job/input/carried_columns.hpp"
#include "job/input/head.hpp"
#include "job/input/json_columns.hpp"
#include "job/input/row_maker.hpp"

namespace headway::job {

/// OpenAI Batch lines: {"custom_id", "method": "POST", "url", "body"}. The url may lack its "/v1"; without a method it is POST,
/// without a url a body with messages goes to /v1/chat/completions, one with a prompt to /v1/completions.
class BatchRows : public RowMaker {
 public:
  /// Throws Error (`configuration`) for settings that are for templates, and for bad ones.
  BatchRows(const InputSettings& settings, const Head& head);

 protected:
  std::string fill(std::string_view text, Row& row) override;
  std::vector<std::string> unused_columns() const override { return unused_; }

 private:
  struct Slots : ColumnSlots {
    std::size_t custom_id = slot_of("custom_id");
    std::size_t method = slot_of("method");
    std::size_t url = slot_of("url");
    std::size_t body = slot_of("body");
  };

  std::optional<Endpoint> endpoint() const;
  std::string fill_body(Row& row);

  BodyFields fields_;
  bool schema_wanted_;
  bool texts_wanted_;
  Slots slots_;
  CarriedColumns carried_;
  JsonColumns columns_;
  std::vector<std::string> unused_;
  simdjson::ondemand::parser parser_;
};

}  // namespace headway::job
