/** The built-in logistic probe as a third party's module: isolation is measured with it. */

export { logisticProbe as default } from "../../plugins/probes/logistic.ts";
