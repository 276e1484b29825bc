#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "job/input/body_fields.hpp"
#include "job/input/carried_columns.hpp"
#include "job/input/head.hpp"
#include "job/input/json_columns.hpp"
#include "job/input/prompt_template.hpp"
#include "job/input/row_fields.hpp"
#include "job/input/row_maker.hpp"

namespace headway::job {

/// Rows of columns, put into a template, or whose column "messages" is the chat.
class TemplateRows : public RowMaker {
 public:
  /// Throws Error (`configuration`): a column that the input does not have (lists those that there are), no template and no
  /// column "prompt" or "messages", no model, a bad setting.
  TemplateRows(const InputSettings& settings, const Head& head);

 protected:
  std::string fill(std::string_view text, Row& row) override;
  std::vector<std::string> unused_columns() const override { return unused_; }

 private:
  void open_columns(const Head& head);
  void check(const InputSettings& settings, const Head& head) const;
  void make_frame();
  void find_unused(const Head& head);
  std::string append_start(std::string& body) const;
  std::string fill_id(Row& row) const;
  std::string fill_texts(Row& row);
  std::string fault_of_prompt() const;
  std::string fill_messages(Row& row);
  std::string fill_body(Row& row) const;
  std::string end_body(std::string& body) const;

  Endpoint endpoint_;
  std::vector<BodyField> fields_;
  ColumnSlots slots_;
  std::optional<PromptTemplate> prompt_;  // none: the column "messages" is the chat
  std::optional<PromptTemplate> system_;
  CarriedColumns carried_;
  std::string id_column_;
  bool needs_id_;
  std::size_t id_slot_;
  std::size_t messages_slot_;
  std::optional<std::size_t> prompt_slot_;  // no template is given: this column is the prompt, which is a text
  std::unique_ptr<RowColumns> columns_;
  const JsonColumns* json_ = nullptr;  // columns_, if it is that
  std::string default_model_;
  std::optional<std::size_t> model_slot_;  // the row may say its model
  std::optional<std::size_t> stream_slot_;
  std::optional<RowFields> row_fields_;  // the rows are requests, of which they may say more
  std::string before_;                   // of a body, what stands before the prompt or the messages
  std::string prompt_name_;
  std::string after_;  // behind them
  std::string tail_;   // behind all that the row says
  std::vector<std::string> unused_;
  std::string prompt_text_;
  std::string system_text_;
};

}  // namespace headway::job
