# x -> m -> y with half of the true variance of m that of x. m is a single indicator of reliability 0.7: its error
# variance known, and its reliability known (error tied to the true variance).
suppressPackageStartupMessages({library(lavaan); library(jsonlite)})
options(digits = 17)
data <- read.csv("data.csv")
n <- nrow(data)
theta <- 0.3 * var(data$m) * (n - 1) / n
of_x <- var(data$x) * (n - 1) / n
exact <- list(rel.tol = 1e-12)
paths <- "
  f =~ 1*m
  f ~ a*x
  y ~ b*f + cp*x
"
variance <- sem(paste0(paths, sprintf("m ~~ %.17g*m", theta)), data, control = exact)
reliability <- sem(paste0(paths, sprintf("m ~~ t*m\nf ~~ p*f\nt == %.17g * (p + a^2 * vx)\nx ~~ vx*x", 3 / 7)),
                   data, fixed.x = FALSE)
labelled <- function(fit) {
  found <- parameterEstimates(fit)
  found[found$label %in% c("a", "b", "cp"), c("label", "est", "se")]
}
write_json(list(theta = theta, known_variance = labelled(variance), known_reliability = labelled(reliability),
                session = paste(R.version.string, "lavaan", packageVersion("lavaan"))),
           "expected.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
