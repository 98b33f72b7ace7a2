# Natural effects with interaction on independent rows, by predicting counterfactual means from
# the two regressions (VanderWeele & Vansteelandt 2009, Statistics and Its Interface 2, 457-468).
suppressPackageStartupMessages(library(jsonlite))
data <- read.csv("data.csv")
mediator <- lm(alliance ~ fidelity + age, data)
outcome <- lm(outcome ~ fidelity * alliance + age, data)
low <- mean(data$fidelity) - sd(data$fidelity)
high <- mean(data$fidelity) + sd(data$fidelity)
# E[Y(x, M(x_star))] averaged over the rows' covariates.
counterfactual <- function(x, x_star) {
  m <- predict(mediator, transform(data, fidelity = x_star))
  mean(predict(outcome, transform(data, fidelity = x, alliance = m)))
}
table <- coef(summary(outcome))
write_json(list(interaction = table["fidelity:alliance", 1], std_error = table["fidelity:alliance", 2],
                df = outcome$df.residual, low = low, high = high,
                direct = counterfactual(high, low) - counterfactual(low, low),
                indirect = counterfactual(high, high) - counterfactual(high, low),
                session = R.version.string),
           "expected.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
