#include "rules/expression.h"

#include "rules/cast.h"
#include "rules/expression_parser.h"
#include "rules/unsupported.h"

namespace sluice::rules {

void CompiledExpression::add(const ConverterRow& row, Call call) {
  if (row.output != SampleType::None) type_ = row.output;
  steps_.push_back({&row, std::move(call)});
}

bool CompiledExpression::evaluate_next(Evaluation& evaluation, Iteration& iteration, Sample& sample,
                                       Certainty& certainty) const {
  iteration.more = false;
  FetchContext context{call_, evaluation, iteration};
  const bool found = fetch_.fetch(context, sample);
  certainty = context.certainty;
  if (!found) return false;
  for (const Step& step : steps_) {
    if (!cast(sample, step.row->input, *evaluation.arena)) return false;
    ConverterContext converter{step.call, evaluation};
    if (!step.row->convert(converter, sample)) return false;
  }
  return true;
}

bool CompiledExpression::evaluate(Evaluation& evaluation, Sample& sample,
                                  Certainty& certainty) const {
  Iteration once;
  return evaluate_next(evaluation, once, sample, certainty);
}

bool check_place(const FetchRow& row, const base::SourceSpan& span, Place place,
                 CompileScope& scope) {
  if (usable_at(row, place, scope.proxy)) return true;
  const bool backend = (row.places & bit(place)) != 0;
  scope.diagnostics.error(span, "'" + std::string(row.name) + "' is not available in " +
                                    std::string(name_of(place)) +
                                    (backend ? " of a frontend: no backend is chosen yet" : ""));
  return false;
}

namespace {

const FetchRow* look_up_fetch(std::string_view name, const base::SourceSpan& span,
                              CompileScope& scope) {
  if (const FetchRow* row = find_fetch(name)) return row;
  if (is_unsupported_fetch(name)) {
    scope.diagnostics.error(
        span, "the sample fetch '" + std::string(name) + "' is not supported by Sluice yet");
  } else {
    scope.diagnostics.error(span, "there is no sample fetch '" + std::string(name) + "'",
                            did_you_mean(name, fetch_names()));
  }
  return nullptr;
}

const ConverterRow* look_up_converter(const ParsedCall& parsed, CompileScope& scope) {
  if (const ConverterRow* row = find_converter(parsed.name)) return row;
  if (is_unsupported_converter(parsed.name)) {
    scope.diagnostics.error(parsed.span,
                            "the converter '" + parsed.name + "' is not supported by Sluice yet");
  } else {
    scope.diagnostics.error(parsed.span, "there is no converter '" + parsed.name + "'",
                            did_you_mean(parsed.name, converter_names()));
  }
  return nullptr;
}

bool add_converter(CompiledExpression& expression, const ParsedCall& parsed, Place place,
                   CompileScope& scope) {
  const ConverterRow* row = look_up_converter(parsed, scope);
  if (row == nullptr) return false;
  if (!can_cast(expression.type(), row->input)) {
    scope.diagnostics.error(parsed.span, "'" + parsed.name + "' converts a sample of type " +
                                             std::string(name_of(row->input)) +
                                             "; what comes before it is of type " +
                                             std::string(name_of(expression.type())));
    return false;
  }
  Call call;
  call.place = place;
  if (!resolve_arguments(parsed, row->arguments, call, scope)) return false;
  if (row->prepare != nullptr && !row->prepare(call, parsed.span, scope)) return false;
  expression.add(*row, std::move(call));
  return true;
}

}  // namespace

std::unique_ptr<CompiledExpression> compile_parsed(const ParsedExpression& parsed,
                                                   std::string_view fetch_name, Place place,
                                                   CompileScope& scope) {
  const ParsedCall& first = parsed.calls.front();
  const FetchRow* row = look_up_fetch(fetch_name, first.span, scope);
  if (row == nullptr) return nullptr;
  Call call;
  call.place = place;
  if (!resolve_arguments(first, row->arguments, call, scope)) return nullptr;
  if (row->prepare != nullptr && !row->prepare(call, first.span, scope)) return nullptr;
  auto expression = std::make_unique<CompiledExpression>(*row, std::move(call));
  for (std::size_t i = 1; i < parsed.calls.size(); ++i) {
    if (!add_converter(*expression, parsed.calls[i], place, scope)) return nullptr;
  }
  return expression;
}

std::unique_ptr<CompiledExpression> compile_at(std::string_view text, std::size_t begin,
                                               std::size_t& end, const base::SourceSpan& span,
                                               Place place, CompileScope& scope) {
  const auto parsed = parse_expression(text, begin, span, scope.diagnostics);
  if (!parsed) return nullptr;
  end = parsed->end;
  const ParsedCall& first = parsed->calls.front();
  auto expression = compile_parsed(*parsed, first.name, place, scope);
  if (expression == nullptr || !check_place(expression->fetch(), first.span, place, scope))
    return nullptr;
  return expression;
}

std::unique_ptr<const Expression> compile_expression(const base::Word& word, model::RulePoint point,
                                                     CompileScope& scope) {
  std::size_t end = 0;
  auto expression = compile_at(word.text, 0, end, word.span, place_of(point), scope);
  if (expression != nullptr && end != word.text.size()) {
    scope.diagnostics.error(span_within(word.span, word.text.size(), end, word.text.size() - end),
                            "'" + word.text.substr(end) + "' is left over after the expression");
    return nullptr;
  }
  return expression;
}

}  // namespace sluice::rules
