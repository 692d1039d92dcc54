import { Chain, bars, TINY } from "./chain.ts";
import { zeros } from "@countergrade/countergrade";
const a = bars(3);
const img = (n:number,s:number,f:(i:number)=>number)=>({shape:[n,s,s],data:Uint8Array.from({length:n*s*s},(_, i)=>f(i))});
const lab=(n:number,f:(i:number)=>number)=>Uint8Array.from({length:n},(_, i)=>f(i));
await using c = await Chain.open({ bars: a,
  constant: {train_images: img(36,16,()=>77), train_labels: lab(36,i=>i%3)},
  constant2: {train_images: img(47,16,()=>77), train_labels: lab(47,i=>i%3)},
  oneclass: {train_images: a.train_images, train_labels: lab(36,()=>1)},
  emptyval: {train_images: a.train_images, train_labels: a.train_labels, val_images: img(0,16,()=>0), val_labels: lab(0,()=>0)},
  emptytrain: {train_images: img(0,16,()=>0), train_labels: lab(0,()=>0), val_images:a.val_images, val_labels:a.val_labels},
  wide: {train_images: {shape:[36,8,32], data: (a.train_images as any).data}, train_labels: a.train_labels},
  big: {train_images: img(36,20,i=>i%255), train_labels: lab(36,i=>i%3)},
  other32: {train_images: img(36,32,i=>i%255), train_labels: lab(36,i=>i%3)},
  odd: {train_images: img(36,15,i=>i%255), train_labels: lab(36,i=>i%3)},
  one: {train_images: img(1,16,i=>i%255), train_labels: lab(1,i=>i%3)},
});
const ids = await c.probed();
const dae=(over:Record<string,unknown>={},conf:Record<string,unknown>={})=>({dae:{...TINY,steps:2,...over,config:{...TINY.config,...conf}}});
const show = async (name:string, task:string, options:any)=>{
  let out; const t=performance.now();
  try { const j = await c.run(task, options); out = j.state+" "+JSON.stringify(j.error ?? j.result).slice(0,250); } catch(e:any){ out = "SUBMIT "+e.name+" "+e.message+" "+JSON.stringify(e.path); }
  console.log(name.padEnd(34), out, c.log.splice(0).map(s=>"\n    !!!! "+s.split("\n").slice(0,4).join("\n    ")).join(""), (performance.now()-t).toFixed());
};
const only = Deno.args[0];
for (const [name, conf] of Object.entries({heads3:{attention:[4],heads:3}, heads5:{attention:[2,4],heads:5},channels48:{channels:48},emb33:{embedding:33},emb1:{embedding:1},code7:{codeSize:7},code1:{codeSize:1},betaneg:{betas:[0.02,3]},betabig:{betas:[0.99,0.999]},noise2:{noiseSteps:2},noise5:{noiseSteps:5},range0:{imageRange:[0,0]},rangerev:{imageRange:[1,-1]},rangebig:{imageRange:[-1e30,1e30]},chan3:{imageChannels:3},size32:{imageSize:32},unknown:{foo:1},proto:{__proto__x:1},x0:{prediction:"x0"},eps:{prediction:"eps"},mean:{pool:"mean"}, huge:{channels:320000},deep:{multipliers:[1,1,1,1,1,1]}, encdeep:{encoderMultipliers:[1,1,1]},enc4:{encoderMultipliers:[1,1,1,1]},blocks0:{residualBlocks:0}})) await show("conf "+name,"trainEncoder",{dataset:"bars",encoder:dae({},conf)});
for (const d of ["constant","oneclass","emptyval","emptytrain","wide","big","other32","odd","one","nowhere","../bars","__proto__","vertebra"]) await show("data "+d,"trainEncoder",{dataset:d,encoder:dae()});
for (const [n,o] of Object.entries({lr1:{learningRate:1,steps:30,warmUp:0},batch5000:{batchSize:1024},stopAfter:{stopAfter:1},f16:{storage:"F16"},ema1:{emaDecay:1},wd:{weightDecay:1,learningRate:1},norm:{maxGradientNorm:1e300},warm:{warmUp:1e9},threads200:{threads:256}, preset:{preset:"retina128"},s28:{preset:"small28",config:{}} })) await show("opt "+n,"trainEncoder",{dataset:"bars",encoder:{dae:{...dae().dae,...o}}});
for (const [n,o] of Object.entries({unknown:{encoder:"encoder-nope",dataset:"bars"},kind:{encoder:ids.codes,dataset:"bars"},data:{encoder:ids.encoder,dataset:"nowhere"},shape:{encoder:ids.encoder,dataset:"big"},split:{encoder:ids.encoder,dataset:"bars",splits:["foo"]},proto:{encoder:ids.encoder,dataset:"bars",splits:["toString"]},dup:{encoder:ids.encoder,dataset:"bars",splits:["val","val"]},val:{encoder:ids.encoder,dataset:"bars",splits:["val"]},emptyval:{encoder:ids.encoder,dataset:"emptyval"},emptytrain:{encoder:ids.encoder,dataset:"emptytrain"}})) await show("encode "+n,"encode",o);
const enc = async (d:string)=> (await c.done("encode",{encoder:ids.encoder,dataset:d})).codes;
for (const d of ["constant","constant2","oneclass","emptyval","one","emptytrain"]) { const codes = await enc(d); for (const p of ["logistic","svm","ordinal"]) await show(`probe ${d} ${p}`,"trainProbe",{codes,probe:{[p]:{}}}); }
for (const [n,o] of Object.entries({nocodes:{codes:"codes-x"},kind:{codes:ids.encoder},thr:{codes:ids.codes,threshold:3},unknown:{codes:ids.codes,probe:{forest:{}}},c:{codes:ids.codes,probe:{logistic:{c:1e300}}},csvm:{codes:ids.codes,probe:{svm:{c:1e300}}},csmall:{codes:ids.codes,probe:{logistic:{c:1e-300}}},ssmall:{codes:ids.codes,probe:{svm:{c:1e-300}}},lam:{codes:ids.codes,probe:{ordinal:{lambda:1e300}}},lam0:{codes:ids.codes,probe:{ordinal:{lambda:0}}}})) await show("probe "+n,"trainProbe",o);
for (const [n,o] of Object.entries({index:{index:99},split:{split:"foo"},proto:{split:"toString"},probe:{probe:"nope"},dataset:{dataset:"no"},big:{dataset:"big",split:"train"},sampler:{sampler:{name:"euler"}},samplerproto:{sampler:{name:"constructor"}},samp1:{sampler:{name:"dpm-solver",inversionSteps:1,renderSteps:1}},ddim1000:{sampler:{name:"ddim",inversionSteps:1000,renderSteps:3}},targets:{targets:[20,-10]},targetsNaN:{targets:[NaN]},many:{targets:Array(65).fill(1)},editor:{editor:{foo:{}}},editoropt:{editor:{pattern:{tolerance:1e-30,maxSteps:1}}}, shortest:{editor:{shortest:{}}}})) await show("path "+n,"counterfactualPath",{dataset:"bars",probe:ids.probe,...o});
for (const [n,o] of Object.entries({index:{indices:[0,99]},split:{split:"foo",indices:[0]},dataset:{dataset:"big",indices:[0]},probe:{probe:"x",indices:[0]},none:{indices:[]}})) await show("grade "+n,"grade",{dataset:"bars",probe:ids.probe,...o});
await c.put("a.ckpt", new Uint8Array(100)); await c.put("cut.safetensors", new Uint8Array(8).fill(1)); await c.put("empty.ckpt", new Uint8Array(0));
for (const f of ["a.ckpt","cut.safetensors","empty.ckpt","bars.npz","nope.ckpt","../x","/etc/passwd","a\0b","."]) await show("import "+JSON.stringify(f),"importEncoder",{file:f});
